#include "core/engine/backoff.h"

#include <boost/test/unit_test.hpp>

using namespace consort;
using namespace std::chrono_literals;
using engine::Attempts;
using engine::decide_restart;
using model::RestartCondition;

namespace {

model::RestartPolicy policy(RestartCondition condition) {
  model::RestartPolicy made;
  made.condition = condition;
  return made;
}
model::ExitInfo code(int value) {
  model::ExitInfo exit;
  exit.code = value;
  return exit;
}
model::ExitInfo signalled() {
  model::ExitInfo exit;
  exit.signal = 9;
  return exit;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(which_exits_are_restarted) {
  struct Row {
    RestartCondition condition;
    bool after_success, after_failure, after_signal, after_unknown;
  };
  for (const auto& row : {Row{RestartCondition::never, false, false, false, false},
                          Row{RestartCondition::on_failure, false, true, true, true},
                          Row{RestartCondition::always, true, true, true, true},
                          Row{RestartCondition::unless_stopped, true, true, true, true}}) {
    const auto restarts = [&](const model::ExitInfo& exit) {
      return decide_restart(policy(row.condition), exit, 1s, {}, 0.5).restart;
    };
    BOOST_TEST_CONTEXT(model::to_string(row.condition)) {
      BOOST_TEST(restarts(code(0)) == row.after_success);
      BOOST_TEST(restarts(code(1)) == row.after_failure);
      BOOST_TEST(restarts(signalled()) == row.after_signal);
      BOOST_TEST(restarts(model::ExitInfo{}) == row.after_unknown);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_up_to_a_minute) {
  Attempts attempts;
  std::vector<base::Duration> delays;
  for (int i = 0; i < 12; ++i) {
    const auto decision =
        decide_restart(policy(RestartCondition::always), code(1), 1s, attempts, 0.5);
    delays.push_back(decision.delay);
    attempts = decision.attempts;
  }
  BOOST_TEST((delays[0] == 100ms));
  BOOST_TEST((delays[1] == 200ms));
  BOOST_TEST((delays[2] == 400ms));
  BOOST_TEST((delays[9] == 51200ms));
  BOOST_TEST((delays[10] == 1min));
  BOOST_TEST((delays[11] == 1min));
}

BOOST_AUTO_TEST_CASE(jitter_spreads_by_a_quarter_either_way) {
  const auto always = policy(RestartCondition::always);
  BOOST_TEST((decide_restart(always, code(1), 1s, {}, 0.0).delay == 75ms));
  BOOST_TEST((decide_restart(always, code(1), 1s, {}, 0.9999).delay < 125ms));
  BOOST_TEST((decide_restart(always, code(1), 1s, {}, 0.9999).delay > 124ms));
}

BOOST_AUTO_TEST_CASE(a_good_run_begins_the_doubling_again) {
  const Attempts many{7, 7};
  const auto always = policy(RestartCondition::always);
  BOOST_TEST((decide_restart(always, code(1), 10s, many, 0.5).delay == 100ms));
  BOOST_TEST((decide_restart(always, code(1), 9s, many, 0.5).delay == 12800ms));
}

BOOST_AUTO_TEST_CASE(a_delay_of_0_stays_0) {
  auto always = policy(RestartCondition::always);
  always.delay = 0s;
  const auto decision = decide_restart(always, code(1), 0s, {20, 20}, 0.9);
  BOOST_TEST(decision.restart);
  BOOST_TEST((decision.delay == 0s));
}

BOOST_AUTO_TEST_CASE(without_backoff_the_delay_is_exact) {
  auto fixed = policy(RestartCondition::always);
  fixed.backoff = false;
  fixed.delay = 5s;
  BOOST_TEST((decide_restart(fixed, code(1), 0s, {9, 9}, 0.9).delay == 5s));
}

BOOST_AUTO_TEST_CASE(a_delay_beyond_the_maximum_is_kept) {
  auto slow = policy(RestartCondition::always);
  slow.delay = 5min;
  BOOST_TEST((decide_restart(slow, code(1), 0s, {9, 9}, 0.5).delay == 5min));
}

BOOST_AUTO_TEST_CASE(attempts_are_limited_and_a_window_forgets_them) {
  auto limited = policy(RestartCondition::on_failure);
  limited.max_attempts = 3;
  auto decision = decide_restart(limited, code(1), 1s, {2, 2}, 0.5);
  BOOST_TEST(decision.restart);
  BOOST_TEST(decision.attempts.count == 3u);
  decision = decide_restart(limited, code(1), 1s, {3, 3}, 0.5);
  BOOST_TEST(!decision.restart);
  BOOST_TEST(decision.why == "gave up after 3 restarts");
  BOOST_TEST(decide_restart(limited, code(1), 10s, {3, 3}, 0.5).restart);
  limited.window = 0s;
  BOOST_TEST(!decide_restart(limited, code(1), 10h, {3, 3}, 0.5).restart);
  limited.max_attempts = 0;
  BOOST_TEST(!decide_restart(limited, code(1), 1s, {}, 0.5).restart);
}

BOOST_AUTO_TEST_CASE(retries_are_spread_over_the_upper_half) {
  BOOST_TEST((engine::retry_delay(0, 0.0) == 50ms));
  BOOST_TEST((engine::retry_delay(0, 1.0) == 100ms));
  BOOST_TEST((engine::retry_delay(3, 1.0) == 800ms));
  BOOST_TEST((engine::retry_delay(1000, 1.0) == 1min));
}

BOOST_AUTO_TEST_SUITE_END()
