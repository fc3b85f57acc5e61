#pragma once

#include <consort/log_limits.hpp>
#include <consort/values.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// Something that prevents a start: where in the service (a JSON pointer), and a sentence.
struct Obstacle {
  std::string pointer;
  std::string message;
};

// What a task comes to on its host.
struct Launch {
  std::string instance;
  HostRequest host;
  std::vector<std::string> records;  // of the shim's spec, `env` first; `exec`: name or path there
  std::string upload;                // a file of this machine that is the program; "": none
  std::string program;               // as the person named it, for messages
  std::uint64_t stop_signal = 15;
  std::vector<Obstacle> obstacles;
};

// Pure.
// `limits`: how logs are kept on the host until they are fetched, of a service that says nothing.
Launch launch_of(const Task& task, const LogLimits& limits);

// The records that a command sets itself, and those with what it takes over from its service.
std::vector<std::string> exec_records(const Exec& request);
std::vector<std::string> with_service(std::vector<std::string> own,
                                      const std::vector<std::string>& service);

// The number of a signal as people write it ("SIGHUP", "hup", "1"); 0 if there is none.
int signal_number(std::string_view name);

}  // namespace consort::ssh
