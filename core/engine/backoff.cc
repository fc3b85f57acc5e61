#include "core/engine/backoff.h"

#include <algorithm>

namespace consort::engine {
namespace {

using namespace std::chrono_literals;
using model::RestartCondition;

constexpr Duration good_run = 10s;
constexpr Duration first_retry = 100ms;
constexpr Duration last_retry = 1min;

Duration doubled(Duration first, std::uint32_t times, Duration most) {
  Duration delay = first;
  for (std::uint32_t i = 0; i < times && delay < most && delay > Duration{}; ++i) delay *= 2;
  return std::min(delay, most);
}

Duration scaled(Duration delay, double by) {
  return std::chrono::duration_cast<Duration>(delay * by);
}

bool restarts(RestartCondition condition, bool success) {
  switch (condition) {
    case RestartCondition::never:
      return false;
    case RestartCondition::on_failure:
      return !success;
    case RestartCondition::always:
    case RestartCondition::unless_stopped:
      return true;
  }
  return false;
}

RestartDecision decide(const model::RestartPolicy& policy, bool success, Duration uptime,
                       Attempts attempts, double jitter) {
  RestartDecision decision;
  decision.attempts = attempts;
  if (!restarts(policy.condition, success)) return decision;
  Attempts& kept = decision.attempts;
  if (policy.window > Duration{} && uptime >= policy.window) kept.count = 0;
  if (uptime >= (policy.window > Duration{} ? policy.window : good_run)) kept.streak = 0;
  if (policy.max_attempts && kept.count >= *policy.max_attempts) {
    decision.why = "gave up after " + std::to_string(kept.count) +
                   (kept.count == 1 ? " restart" : " restarts");
    return decision;
  }
  decision.restart = true;
  decision.delay = policy.delay;
  if (policy.backoff) {
    const Duration most = std::max(policy.delay, policy.max_delay);
    decision.delay = scaled(doubled(policy.delay, kept.streak, most), 0.75 + 0.5 * jitter);
  }
  ++kept.count;
  ++kept.streak;
  return decision;
}

}  // namespace

RestartDecision decide_restart(const model::RestartPolicy& policy, const model::ExitInfo& exit,
                               Duration uptime, Attempts attempts, double jitter) {
  return decide(policy, exit.success(), uptime, attempts, jitter);
}

RestartDecision decide_after_failed_start(const model::RestartPolicy& policy, Attempts attempts,
                                          double jitter) {
  return decide(policy, false, Duration{}, attempts, jitter);
}

Duration retry_delay(std::uint32_t tries, double jitter) {
  return scaled(doubled(first_retry, tries, last_retry), 0.5 + 0.5 * jitter);
}

}  // namespace consort::engine
