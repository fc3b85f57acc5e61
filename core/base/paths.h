#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace consort::base {

// Where a project's files live (docs/files.md).
//   state:   $XDG_STATE_HOME/consort, else $HOME/.local/state/consort, else /var/tmp/consort-UID
//   runtime: $XDG_RUNTIME_DIR/consort, else /run/user/UID/consort where that exists, else
//            /run/consort for root, else /tmp/consort-UID
struct Roots {
  std::filesystem::path state;
  std::filesystem::path runtime;
};

// Reads the environment of this process; makes nothing.
Roots roots_from_environment();

// The folder above the one that this program is in: what belongs to it is installed below. Fails
// where /proc/self/exe cannot be read.
Result<std::filesystem::path> own_prefix();

// The files of one project. Every directory is 0700; the supervisor makes them.
struct ProjectPaths {
  std::filesystem::path state;           // <state>/<project>
  std::filesystem::path lock;            // state/lock, held by the supervisor (flock)
  std::filesystem::path supervisor_log;  // state/supervisor.log
  std::filesystem::path store;           // state/record
  std::filesystem::path instances;       // state/instances/<instance id>/log/*.log
  std::filesystem::path runtimes;        // state/runtimes/<runtime>/, each plugin's own
  std::filesystem::path crashes;         // state/crashes/<runtime>, where one ended a supervisor
  std::filesystem::path
      starting;  // <state>/.<project>.start: commands that start a supervisor queue
  std::filesystem::path runtime;  // <runtime>/<project>: sockets and FIFOs
  std::filesystem::path socket;   // runtime/api.sock
};
ProjectPaths project_paths(const Roots& roots, std::string_view project);

}  // namespace consort::base
