#include "plugins/process/execution.h"

#include <csignal>
#include <cstring>

namespace consort::process {
namespace {

constexpr int overdue_code = 124;  // as timeout(1) has it

}  // namespace

Execution::~Execution() { reactor_.cancel(timer_); }

void Execution::start(const std::string& directory, std::vector<Fd> descriptors,
                      std::chrono::milliseconds timeout) {
  if (timeout.count() > 0) {
    timer_ = reactor_.after(timeout, [this] {
      overdue_ = true;
      cancel();
    });
  }
  shims_.start(id_, directory, std::move(descriptors), *this, [this](const shim::Reply& reply) {
    if (reply.error == 0) {
      if (cancelled_) cancel();  // before there was a shim to tell
      return;
    }
    const auto status =
        reply.error == ENOENT || reply.error == EACCES ? CONSORT_E_INVALID : CONSORT_E_FAILED;
    op_.fail(status, std::string("cannot execute (") + shim::stage_name(reply.stage) +
                         "): " + std::strerror(reply.error));
    const auto finished = std::move(finished_);
    finished();
  });
}

void Execution::resize(std::uint16_t rows, std::uint16_t columns) {
  shims_.order(id_, shim::control_resize, shim::pack_size({rows, columns}));
}

void Execution::cancel() {
  cancelled_ = true;
  shims_.order(id_, shim::control_stop, shim::pack_stop({SIGKILL, 0}));
}

void Execution::ended(const Exit& exit) {
  if (exit.known) code_ = exit.signal != 0 ? 128 + exit.signal : exit.code;
  // What it left behind ends with it: an exec has no later stop.
  if (exit.leftovers) cancel();
}

void Execution::gone() {
  op_.exit_code(overdue_ ? overdue_code : code_);
  const auto finished = std::move(finished_);
  finished();
}

}  // namespace consort::process
