#include "plugins/process/instance.h"

#include <algorithm>
#include <utility>

namespace consort::process {
namespace {

// What a kill may take at most before the stop is reported as failed: an unkillable process (in the
// kernel, frozen) must not hang whoever waits.
constexpr std::chrono::seconds unkillable{10};

}  // namespace

Instance::~Instance() {
  for (const auto& stop : stops_) reactor_.cancel(stop.timer);
}

void Instance::stop(Operation op, shim::StopOrder order, std::function<void()> then) {
  if (!shims_.order(id_, shim::control_stop, shim::pack_stop(order))) {
    if (then) then();
    return op.ok();
  }
  const std::uint64_t number = op.id();
  const std::uint64_t timer =
      reactor_.after(std::chrono::milliseconds(order.grace_ms) + unkillable, [this, number] {
        const auto late = std::find_if(stops_.begin(), stops_.end(),
                                       [&](const auto& stop) { return stop.op.id() == number; });
        if (late == stops_.end()) return;
        Operation given_up = std::move(late->op);
        stops_.erase(late);
        given_up.fail(CONSORT_E_FAILED,
                      "cannot stop " + id_ + ": something of it still runs 10 s after SIGKILL");
      });
  stops_.push_back({std::move(op), timer, std::move(then)});
}

void Instance::ended(const Exit& exit) {
  exit_ = exit;
  host_.exited(id_, exit);
}

void Instance::gone() {
  if (exit_) exit_->leftovers = false;
  Reactor& reactor = reactor_;
  for (auto& stop : std::exchange(stops_, {})) {
    reactor.cancel(stop.timer);
    if (stop.then) stop.then();
    stop.op.ok();
  }
}

}  // namespace consort::process
