#pragma once

#include <string>
#include <vector>

#include "core/base/paths.h"

namespace consort::daemon {

struct Options {
  std::string project;
  base::ProjectPaths paths;
  std::vector<std::string> plugin_dirs;  // --plugin-dir
  int ready_fd = -1;  // one line is written to it: "ready" or the error, then it is closed
};

// The supervisor of one project: the composition root. Takes the project's lock, adopts what an
// earlier supervisor left, serves the API until the project is down or it is told to stop. Returns
// the exit code. Called by the executable in a detached process of its own.
int run(const Options& options);

}  // namespace consort::daemon
