#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/paths.h"

namespace consort::daemon {

struct Options {
  std::string project;
  base::ProjectPaths paths;
  std::vector<std::string> plugin_dirs;  // --plugin-dir
  // One that was started for a project and is asked for nothing goes again after this.
  std::chrono::milliseconds idle_patience = std::chrono::seconds(30);
  int ready_fd = -1;  // one line is written to it: "ready" or the error, then it is closed
};

// The supervisor of one project: the composition root. Takes the project's lock, adopts what an
// earlier supervisor left, serves the API until the project is down or it is told to stop. Returns
// the exit code. Called by the executable in a detached process of its own.
int run(const Options& options);

}  // namespace consort::daemon
