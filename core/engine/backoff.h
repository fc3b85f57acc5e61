#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/model/event.h"
#include "core/model/project.h"

namespace consort::engine {

using base::Duration;

// What is remembered of the starts of one replica. A value.
struct Attempts {
  std::uint32_t count = 0;   // restarts that count towards max_attempts
  std::uint32_t streak = 0;  // restarts in a row without a good run between: the exponent
};

struct RestartDecision {
  bool restart = false;
  Duration delay{};
  std::string why;    // why not, when a policy that restarts has given up
  Attempts attempts;  // to be kept
};

// What follows on the end of an instance that was to run. Pure; `jitter` is in [0, 1).
//
// As Docker Engine has it (moby, restartmanager.go): `always` and `unless-stopped` restart after
// any exit, `on-failure` after any but 0 (an exit nobody knows is a failure), the first time after
// `delay`, then doubling up to `max_delay`; a run of `window` (10 s where it is 0) starts the
// doubling again, spread by a quarter either way. With `window` 0 the attempts are never forgotten
// (as in a Swarm's restart_policy); else a run of `window` forgets them. Without backoff: `delay`
// exactly, every time.
RestartDecision decide_restart(const model::RestartPolicy& policy, const model::ExitInfo& exit,
                               Duration uptime, Attempts attempts, double jitter);

// The same for a start that failed, as an instance that ended at once and not well.
RestartDecision decide_after_failed_start(const model::RestartPolicy& policy, Attempts attempts,
                                          double jitter);

// The delay before the next try of something that could not be done now (an unreachable engine, no
// more processes): 100 ms doubling to a minute, spread over the upper half. Pure.
Duration retry_delay(std::uint32_t tries, double jitter);

}  // namespace consort::engine
