#pragma once

#include <string>

#include "core/base/clock.h"
#include "core/model/event.h"
#include "core/model/project.h"

// The rules of health checks, pure. They are Docker Engine's (moby, daemon/health.go; rules 29 to
// 31 of the Compose research), with one addition that can only make a service healthy sooner:
//
// Docker's first probe comes an interval after the start (`start_interval` where there is a
// `start_period`), the next an interval after the end of the one before. Those are the *due*
// probes, and only they count failures. Between them, until the first success, Consort probes
// early: 50 ms after the start, then at distances that double up to a second. An early failure is
// forgotten; an early success makes the service healthy at once; a due probe waits for an early
// one that is under way. So `up --wait` waits for the service and not for the interval.
namespace consort::engine {

using base::Duration;
using base::SteadyTime;

struct HealthState {
  model::Health health = model::Health::none;
  int failures = 0;      // in a row, that count
  SteadyTime started{};  // of the instance
  std::string said{};    // the first line of why its last probe failed
};

struct ProbeResult {
  bool success = false;
  bool due = true;  // at an instant where Docker would have probed
  SteadyTime began{};
  std::string output;  // why it failed, for people
};

// The state of a new instance, with a health check.
HealthState begin_health(SteadyTime started);

// A failure counts if it is due and began after the start period, or if there has been a success;
// `retries` of them in a row make it unhealthy. A success makes it healthy.
HealthState after_probe(const model::Probe& probe, HealthState state, const ProbeResult& result);

// When to probe next. A value that the prober keeps.
struct ProbePlan {
  SteadyTime next{};  // when
  bool due = false;   // and whether that one counts
  SteadyTime next_due{};
  Duration early{};  // the next distance between early probes
};
ProbePlan first_probe(const model::Probe& probe, const HealthState& state, SteadyTime now);
// After a probe that ended at `now`.
ProbePlan next_probe(const model::Probe& probe, const HealthState& state, const ProbePlan& plan,
                     SteadyTime now);

}  // namespace consort::engine
