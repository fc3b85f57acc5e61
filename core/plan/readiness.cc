#include "core/plan/readiness.h"

namespace consort::plan {
namespace {

using model::Condition;
using model::Health;
using model::State;

Verdict waiting(std::string_view what) { return {Readiness::waiting, std::string(what)}; }
Verdict failed(std::string what) { return {Readiness::failed, std::move(what)}; }

Verdict ended(const Standing& replica) {
  if (replica.state == State::stopped) return failed("is stopped");
  if (replica.state == State::failed) return failed("failed: " + replica.outcome);
  return failed(replica.outcome.empty() ? "has ended" : replica.outcome);
}

// Its runtime may say in time how it is, or never will.
Verdict unknown(const Standing& replica, std::string_view what) {
  return replica.stuck ? failed("is unknown: " + replica.outcome) : waiting(what);
}

Verdict judge_started(const Standing& r) {
  switch (r.state) {
    case State::running:
      return {};
    case State::backoff:
    case State::exited:
      if (r.started) return {};
      return r.state == State::exited ? ended(r) : waiting("start");
    case State::failed:
    case State::stopped:
      return ended(r);
    case State::pending:
    case State::starting:
    case State::stopping:
      return waiting("start");
    case State::unknown:
      return unknown(r, "start");
  }
  return {};
}

Verdict judge_healthy(const Standing& r) {
  switch (r.state) {
    case State::running:
      if (!r.checked) return failed("has no health check");
      if (r.health == Health::healthy) return {};
      if (r.health == Health::unhealthy) {
        return failed(r.outcome.empty() ? "is unhealthy" : "is unhealthy: " + r.outcome);
      }
      return waiting("be healthy");
    case State::exited:
    case State::failed:
    case State::stopped:
      return ended(r);
    case State::pending:
    case State::starting:
    case State::backoff:
    case State::stopping:
      return waiting("be healthy");
    case State::unknown:
      return unknown(r, "be healthy");
  }
  return {};
}

Verdict judge_completed(const Standing& r) {
  switch (r.state) {
    case State::exited:
      return r.success ? Verdict{} : ended(r);
    case State::failed:
    case State::stopped:
      return ended(r);
    case State::pending:
    case State::starting:
    case State::running:
    case State::backoff:
    case State::stopping:
      return waiting("complete");
    case State::unknown:
      return unknown(r, "complete");
  }
  return {};
}

Verdict judge_one(Condition condition, const Standing& replica) {
  switch (condition) {
    case Condition::started:
      return judge_started(replica);
    case Condition::healthy:
      return judge_healthy(replica);
    case Condition::completed_successfully:
      return judge_completed(replica);
  }
  return {};
}

}  // namespace

Verdict judge(std::string_view name, const model::Dependency& dependency,
              std::span<const Standing> replicas) {
  Verdict verdict;
  for (const Standing& replica : replicas) {
    Verdict one = judge_one(dependency.condition, replica);
    const bool worst = one.readiness == Readiness::failed;
    if (worst || verdict.readiness == Readiness::ready) verdict = std::move(one);
    if (worst) break;
  }
  switch (verdict.readiness) {
    case Readiness::ready:
      break;
    case Readiness::waiting:
      verdict.why = "waits for " + std::string(name) + " to " + verdict.why;
      break;
    case Readiness::failed:
      verdict.why = "dependency " + std::string(name) + " " + verdict.why;
      if (!dependency.required) verdict.readiness = Readiness::ready;
      break;
  }
  return verdict;
}

Verdict judge_goal(Goal goal, const Standing& r) {
  if (goal == Goal::completed) return judge_completed(r);
  if (r.state == State::exited && r.success) return {};
  if (goal == Goal::running) return judge_started(r);
  if (r.checked) return judge_healthy(r);
  if (r.state == State::exited) return ended(r);
  if (r.state == State::backoff) return waiting("run");
  return judge_started(r);
}

}  // namespace consort::plan
