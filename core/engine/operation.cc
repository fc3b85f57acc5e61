#include "core/engine/operation.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace consort::engine {
namespace {

using model::State;
using Kind = Progress::Kind;  // not the Operation's

// Of starts that a runtime could not answer, after some ten seconds: it goes on trying, but a
// person who waits for it wants to know.
constexpr std::uint32_t patient_tries = 8;

Progress of_verdict(const plan::Verdict& verdict) {
  switch (verdict.readiness) {
    case plan::Readiness::ready:
      return {Kind::reached, ""};
    case plan::Readiness::waiting:
      return {Kind::open, ""};
    case plan::Readiness::failed:
      return {Kind::failed, verdict.why};
  }
  return {};
}

Progress of_start(const Awaited& awaited, const Machine& m, const plan::Standing& standing) {
  if (m.state == State::failed) return {Kind::failed, m.reason};
  if (m.generation < awaited.generation) {
    // The old instance is still there, or was ended by another command.
    if (!m.stop_error.empty() && m.state != State::stopping) return {Kind::failed, m.stop_error};
    if (m.state == State::stopped) return {Kind::failed, "is stopped"};
    return {};
  }
  if (m.state == State::unknown && m.attaching) return {};
  if (m.state == State::backoff && m.tries >= patient_tries) {
    return {Kind::failed, m.reason + " (it is tried again)"};
  }
  switch (awaited.target) {
    case Target::running:
      // It was told as unknown, and is asked for again: that can take for ever.
      if (m.state == State::unknown && !m.stuck) return {Kind::reached, ""};
      if (m.state == State::backoff && !m.started && m.tries == 0) {
        return {Kind::failed, m.reason};  // it is tried again, but cannot be started as it is
      }
      return of_verdict(judge_goal(plan::Goal::running, standing));
    case Target::ready:
      return of_verdict(judge_goal(plan::Goal::ready, standing));
    default:
      return of_verdict(judge_goal(plan::Goal::completed, standing));
  }
}

}  // namespace

Progress progress_of(const Awaited& awaited, const Machine* machine, const plan::Standing& standing,
                     bool ordered) {
  if (machine == nullptr) {
    const bool to_start = awaited.target == Target::running || awaited.target == Target::ready ||
                          awaited.target == Target::completed;
    return to_start ? Progress{Kind::failed, "was removed"} : Progress{Kind::reached, ""};
  }
  const Machine& m = *machine;
  switch (awaited.target) {
    case Target::running:
    case Target::ready:
    case Target::completed:
      if (ordered) return {};
      return of_start(awaited, m, standing);
    case Target::stopped:
    case Target::gone:
      if (ordered) return {};
      if (!m.stop_error.empty() && m.state != State::stopping) return {Kind::failed, m.stop_error};
      if (m.wanted) return {Kind::failed, "was started again meanwhile"};
      if (awaited.target == Target::gone) return {};
      return has_ended(m.state) ? Progress{Kind::reached, ""} : Progress{};
    case Target::ended:
      return has_ended(m.state) && !ordered ? Progress{Kind::reached, ""} : Progress{};
    case Target::answered:
      return m.attaching ? Progress{} : Progress{Kind::reached, ""};
  }
  return {};
}

void Operation::look(const model::ReplicaId& id, const Replica* replica, bool ordered) {
  const auto open = open_.find(id);
  if (open == open_.end()) return look_again(id, replica, ordered);
  const auto progress = progress_of(open->second, replica ? &replica->machine() : nullptr,
                                    replica ? replica->standing() : plan::Standing{}, ordered);
  Seen& seen = seen_[id];
  if (replica != nullptr) {
    const auto& machine = replica->machine();
    seen.where = replica->target().where;
    seen.state = std::string(model::to_string(machine.state));
    if (machine.health.health == model::Health::starting) {
      seen.state = "not healthy yet";
      if (!machine.health.said.empty()) seen.state += ": " + machine.health.said;
    }
    if (!machine.reason.empty()) seen.state += ": " + machine.reason;
    if (open->second.target == Target::ended) exit_ = machine.exit;
  }
  switch (progress.kind) {
    case Progress::Kind::open:
      return;
    case Progress::Kind::reached:
      if (open->second.target == Target::ready) reached_[id] = open->second;
      return close(id);
    case Progress::Kind::failed:
      return fail(id, seen.where, progress.why);
  }
}

// It was ready, and others are not yet: that it has ended badly meanwhile is no success of all.
void Operation::look_again(const model::ReplicaId& id, const Replica* replica, bool ordered) {
  const auto reached = reached_.find(id);
  if (reached == reached_.end() || replica == nullptr) return;
  const State state = replica->machine().state;
  if (state != State::exited && state != State::failed) return;
  const auto progress =
      progress_of(reached->second, &replica->machine(), replica->standing(), ordered);
  if (progress.kind != Progress::Kind::failed) return;
  reached_.erase(reached);
  fail(id, replica->target().where, progress.why);
}

void Operation::fail(const model::ReplicaId& id, const model::Location& where,
                     const std::string& why) {
  const auto open = open_.find(id);
  const bool stops = open != open_.end() && (open->second.target == Target::stopped ||
                                             open->second.target == Target::gone);
  const std::string place = model::to_string(where);
  outcome_.failures.push_back({id, (place.empty() ? "" : place + ": ") + "cannot " +
                                       (stops ? "stop " : "start ") + model::to_string(id) + ": " +
                                       why});
  close(id);
}

void Operation::close(const model::ReplicaId& id) {
  open_.erase(id);
  if (open_.empty()) done_.cancel();
}

void Operation::look_at_failures() {
  if (!ends_with_failure_ || outcome_.failures.empty() || done()) return;
  open_.clear();
  done_.cancel();
}

void Operation::expire(const std::string& why) {
  while (!open_.empty()) {
    const model::ReplicaId id = open_.begin()->first;
    const Seen& seen = seen_[id];
    fail(id, seen.where, seen.state.empty() ? why : why + ": " + seen.state);
  }
}

void Operation::cancel(base::Error error) {
  if (done()) return;
  error_ = std::move(error);
  done_.cancel();
}

base::asio::awaitable<Result<void>> Operation::wait(
    [[maybe_unused]] std::shared_ptr<Operation> self) {
  while (!done()) {
    boost::system::error_code ignored;
    co_await done_.async_wait(base::asio::redirect_error(base::asio::use_awaitable, ignored));
  }
  if (error_) co_return *error_;
  co_return Result<void>{};
}

}  // namespace consort::engine
