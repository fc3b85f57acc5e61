#pragma once

// Starts the program: vfork, everything that a child needs, execve.

#include <cstdint>

#include "protocol.h"
#include "spec.h"

namespace consort::shim {

struct Launch {
  const Spec* spec = nullptr;
  int in = -1;
  int out = -1;
  int err = -1;
  int record =
      -1;  // the child writes "child <pid> <start>" here before anything of the program runs
};

struct Launched {
  pid_t pid = 0;
  std::uint64_t start = 0;
  int error = 0;
  Stage stage = Stage::none;
};

// Returns when the program was executed or cannot be; then there is no child any more that matters
// (it has exited and is to be reaped) and `error` says why. All signals must be blocked.
Launched launch(const Launch& what);

}  // namespace consort::shim
