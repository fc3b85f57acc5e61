#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace consort::process {

// What the kernel says of one process at this moment.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time =
      0;  // clock ticks since boot: with the boot id, names a process for ever
  std::uint64_t cpu_ticks = 0;  // user and system
  std::uint64_t resident_pages = 0;
  char state = 0;  // Z and X are dead
};

// Reads /proc/PID/stat; pid 0 in the answer if there is no such process.
ProcessInfo read_process(pid_t pid);

// Every living descendant of `root` (a subreaper, so orphans are among them), without root itself.
std::vector<ProcessInfo> descendants(pid_t root);

// Sums over a tree, as `stats` shows them.
struct Usage {
  std::uint64_t cpu_ns = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t processes = 0;
  std::uint64_t read_bytes = 0;   // from storage
  std::uint64_t write_bytes = 0;  // to storage
};
Usage usage_of(const std::vector<ProcessInfo>& processes);

}  // namespace consort::process
