#pragma once

#include <optional>

#include "core/api/frames.h"
#include "core/base/file.h"
#include "core/base/result.h"
#include "core/cli/detach_keys.h"

namespace consort::cli {

// Connects this process's standard streams (or `in` and `out`) with a command that runs in a
// service, until it ends. With `tty` the terminal is raw meanwhile and its size is passed on;
// SIGINT, SIGTERM and SIGHUP are passed on, or without `pass_signals` end the session. The
// command's exit code, 0 after the detach keys, or the error that the supervisor sent.
struct FrameSession {
  bool tty = false;
  bool stdin_open = true;
  bool pass_signals = true;
  std::optional<DetachKeys> detach_keys = std::nullopt;
  int in = 0, out = 1;

  base::Result<int> run(const base::Fd& connection) const;
};

// Of the terminal on `fd`; zero where there is none.
api::Size terminal_size(int fd);

}  // namespace consort::cli
