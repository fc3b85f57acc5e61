#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include <consort/values.hpp>

namespace consort::process {

// A process by pid and start time: a pid alone may be somebody else's by now.
struct Identity {
  pid_t pid = 0;
  std::uint64_t start = 0;  // clock ticks since boot
};

// Whether that very process lives (a zombie does not). Throws Error (CONSORT_E_RETRY) if that
// cannot be told now, for lack of descriptors; so do both read functions.
bool lives(const Identity& identity);

// What a shim wrote into its instance's directory (shim/README.md).
struct Record {
  std::string boot_id;
  Identity shim;   // the latest, where a killed one was replaced
  Identity child;  // pid 0: not started
};
std::optional<Record> read_record(const std::string& instance_dir);

// This boot of the machine; another one ended every process of a record.
const std::string& boot_id();

// The exit file of an instance, if there is one. A program that could not be executed is an
// unknown exit with the cause.
std::optional<Exit> read_exit(const std::string& path);

}  // namespace consort::process
