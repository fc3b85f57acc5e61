#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <consort/values.hpp>

namespace consort::process {

// Where this runtime's files are, and what applies to every service. From init.
struct Settings {
  std::string shim;  // the shim's executable
  std::string state_dir;
  std::string exit_dir;  // exit files of all instances: the one directory that is watched
  std::string fifo_dir;
  std::string instances_dir;
  std::string exec_dir;  // one directory for each running exec
  std::uint64_t log_max_bytes = 32u << 20;
  std::uint32_t log_max_files = 16;
  rlimit nofile{};  // the limit that services get unless they set their own
};

// Something that prevents a start: where in the service (a JSON pointer), and a sentence.
struct Obstacle {
  std::string pointer;
  std::string message;
};

// What a task comes to: the text of the shim's spec, or the obstacles, all of them.
struct Launch {
  std::string spec;
  std::vector<Obstacle> obstacles;
  int code = 0;  // of an exec: what it ends with, as in a shell, where its program is the obstacle
};

// Resolves the program, the user and the limits of a task. Reads the file system and the user
// database, changes nothing.
Launch prepare(const Task& task, const Settings& settings);

// The spec of a command run inside the instance whose spec is `service_spec`.
Launch prepare_exec(const Exec& request, const std::string& service_spec, const std::string& id);

}  // namespace consort::process
