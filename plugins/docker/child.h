#pragma once

#include <string>
#include <vector>

#include "plugins/docker/coroutine.h"

namespace consort::docker {

struct ChildResult {
  int code = 0;  // of its exit, or 128 + signal
  std::string output;
};

// Runs a program with `input` on its stdin and gives its stdout; its stderr is dropped. Throws
// Error if it cannot be started or takes longer than `limit`.
Async<ChildResult> run_child(Reactor& reactor, std::vector<std::string> argv,
                             std::vector<std::string> environment, std::string input,
                             std::chrono::milliseconds limit);

}  // namespace consort::docker
