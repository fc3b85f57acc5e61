#include "core/engine/health.h"

#include <algorithm>

namespace consort::engine {
namespace {

using namespace std::chrono_literals;
using model::Health;

constexpr Duration first_early = 50ms;
constexpr Duration most_early = 1s;

// Docker's distance between two probes at this instant.
Duration interval_at(const model::Probe& probe, const HealthState& state, SteadyTime now) {
  const bool in_start_period = now - state.started < probe.start_period;
  return in_start_period && state.health == Health::starting ? probe.start_interval
                                                             : probe.interval;
}

ProbePlan plan_at(const HealthState& state, SteadyTime now, SteadyTime next_due, Duration early) {
  if (state.health == Health::starting && now + early < next_due) {
    return {now + early, false, next_due, std::min<Duration>(early * 2, most_early)};
  }
  return {std::max(next_due, now), true, next_due, early};
}

}  // namespace

HealthState begin_health(SteadyTime started) { return {Health::starting, 0, started}; }

HealthState after_probe(const model::Probe& probe, HealthState state, const ProbeResult& result) {
  state.said = result.success ? "" : result.output.substr(0, result.output.find('\n'));
  if (result.success) {
    state.health = Health::healthy;
    state.failures = 0;
    return state;
  }
  if (!result.due) return state;
  const bool excused =
      state.health == Health::starting && result.began - state.started < probe.start_period;
  if (excused) return state;
  ++state.failures;
  if (state.failures >= std::max(probe.retries, 1)) state.health = Health::unhealthy;
  return state;
}

ProbePlan first_probe(const model::Probe& probe, const HealthState& state, SteadyTime now) {
  return plan_at(state, now, now + interval_at(probe, state, now), first_early);
}

ProbePlan next_probe(const model::Probe& probe, const HealthState& state, const ProbePlan& plan,
                     SteadyTime now) {
  const SteadyTime next_due = plan.due ? now + interval_at(probe, state, now) : plan.next_due;
  return plan_at(state, now, next_due, plan.early);
}

}  // namespace consort::engine
