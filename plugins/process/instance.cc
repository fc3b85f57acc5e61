#include "plugins/process/instance.h"

#include <algorithm>
#include <utility>

namespace consort::process {
namespace {

// What a kill may take at most before the stop is reported as failed: an unkillable process (in the
// kernel, frozen) must not hang whoever waits.
constexpr std::chrono::seconds unkillable{10};
// What a shim takes at most to write its log, where that can be written.
constexpr std::chrono::seconds shim_end{2};

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
  const auto patience = exit_ && !exit_->leftovers
                            ? std::chrono::milliseconds(shim_end)
                            : std::chrono::milliseconds(order.grace_ms) + unkillable;
  const std::uint64_t timer = reactor_.after(patience, [this, number] { overdue(number); });
  stops_.push_back({std::move(op), timer, std::move(then)});
}

// Its shim lives as long as output waits for a full disk: that is not the program. A stop is done
// without it; who removes the instance does not want that output.
void Instance::overdue(std::uint64_t op) {
  const auto late = std::find_if(stops_.begin(), stops_.end(),
                                 [&](const auto& stop) { return stop.op.id() == op; });
  if (late == stops_.end()) return;
  if (!tree_lives()) {
    if (late->then) return shims_.kill(id_);
    Operation done = std::move(late->op);
    stops_.erase(late);
    return done.ok();
  }
  Operation given_up = std::move(late->op);
  stops_.erase(late);
  given_up.fail(CONSORT_E_FAILED,
                "cannot stop " + id_ + ": something of it still runs 10 s after SIGKILL");
}

bool Instance::tree_lives() const {
  try {
    return shims_.tree_lives(id_);
  } catch (const Error&) {
    return true;
  }
}

// Where nothing but the shim is left, what waits for the end need not wait out the grace.
void Instance::ended(const Exit& exit) {
  exit_ = exit;
  if (!exit.leftovers) {
    for (auto& stop : stops_) {
      reactor_.cancel(stop.timer);
      stop.timer = reactor_.after(shim_end, [this, op = stop.op.id()] { overdue(op); });
    }
  }
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
