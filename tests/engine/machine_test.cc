#include "core/engine/machine.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/steps.h"

using namespace consort;
using namespace consort::engine;
using namespace consort::tests;
using namespace std::chrono_literals;
using model::State;

BOOST_AUTO_TEST_SUITE(machine)

BOOST_AUTO_TEST_CASE(a_start_goes_from_pending_to_running) {
  Steps steps;
  steps.post(event::Blocked{"waits for db to start"});
  BOOST_TEST(steps.took() == "record publish(pending)");
  steps.post(event::Go{});
  BOOST_TEST(steps.took() == "start(1)");
  BOOST_TEST(steps.state() == "starting");
  steps.post(event::Started{1});
  BOOST_TEST(steps.took() == "record publish(start) tidy");
  BOOST_TEST(steps.state() == "running");
}

BOOST_AUTO_TEST_CASE(a_refused_start_fails) {
  Steps steps;
  steps.post(event::Refuse{"dependency db is unhealthy"});
  BOOST_TEST(steps.state() == "failed");
  BOOST_TEST(steps.machine.reason == "dependency db is unhealthy");
}

// Every event that does not belong to the state, the instance or the timer changes nothing.
BOOST_AUTO_TEST_CASE(stale_events_are_no_ops) {
  const std::vector<Event> stale{
      event::Started{1},
      event::StartFailed{1, base::Error("late")},
      event::Exited{1, exited(1)},
      event::TimerDue{1},
      event::Probed{1, {}},
      event::StopDone{1, std::nullopt},
      event::Attached{1, {}},
      event::AttachFailed{1, base::Error("late")},
      event::Forgotten{},
      event::Go{},
      event::Blocked{"x"},
      event::Refuse{"x"},
      event::Back{},
  };
  Steps second;  // runs, in its second generation
  second.service.restart.condition = model::RestartCondition::always;
  second.service.restart.delay = 0s;
  second.run();
  second.post(event::Exited{1, exited(1)});
  second.post(event::Started{2});
  BOOST_REQUIRE(second.state() == "running");
  for (std::size_t i = 0; i < stale.size(); ++i) {
    Steps steps = second;
    steps.took();
    steps.post(stale[i]);
    BOOST_TEST_CONTEXT("event " << i) {
      BOOST_TEST(steps.took() == "");
      BOOST_TEST(steps.state() == "running");
      BOOST_TEST(steps.machine.generation == 2u);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_has_ended_ignores_what_comes_late) {
  Steps ended;
  ended.run();
  ended.post(event::Exited{1, exited(0)});
  BOOST_REQUIRE(ended.state() == "exited");
  for (const Event& late : std::vector<Event>{event::Started{1}, event::Exited{1, exited(1)},
                                              event::StopDone{1, std::nullopt}, event::TimerDue{7},
                                              event::Go{}, event::Lost{"x"}, event::Back{}}) {
    Steps steps = ended;
    steps.took();
    steps.post(late);
    BOOST_TEST(steps.took() == "");
    BOOST_TEST(steps.state() == "exited");
    BOOST_TEST(*steps.machine.exit->code == 0);
  }
}

BOOST_AUTO_TEST_CASE(an_end_told_before_the_start_is_an_end) {
  Steps steps;
  steps.post(event::Go{});
  steps.post(event::Exited{1, exited(3)});
  BOOST_TEST(steps.state() == "exited");
  steps.took();
  steps.post(event::Started{1});
  BOOST_TEST(steps.took() == "");
  BOOST_TEST(steps.state() == "exited");
}

BOOST_AUTO_TEST_CASE(a_restart_without_delay_starts_in_the_same_step) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::always;
  steps.service.restart.delay = 0s;
  steps.run();
  steps.took();
  steps.post(event::Exited{1, exited(1)});
  BOOST_TEST(steps.took() == "publish(die) start(2)");
}

BOOST_AUTO_TEST_CASE(a_restart_with_delay_waits_for_its_own_timer) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::on_failure;
  steps.run();
  steps.took();
  steps.post(event::Exited{1, exited(1)});
  BOOST_TEST(steps.took() == "publish(die) arm(1,100ms) publish(backoff) record");
  steps.post(event::TimerDue{2});
  BOOST_TEST(steps.took() == "");
  steps.post(event::TimerDue{1});
  BOOST_TEST(steps.took() == "start(2)");
}

BOOST_AUTO_TEST_CASE(a_stop_in_backoff_needs_no_runtime) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::always;
  steps.run();
  steps.post(event::Exited{1, exited(1)});
  steps.took();
  steps.post(event::Stop{After::stopped, {}, ""});
  BOOST_TEST(steps.took() == "cancel record");
  BOOST_TEST(steps.state() == "stopped");
  steps.post(event::TimerDue{1});
  BOOST_TEST(steps.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_start_that_cannot_be_answered_is_asked_again_whatever_the_policy) {
  Steps steps;
  steps.post(event::Go{});
  steps.took();
  steps.post(event::StartFailed{1, base::Error(base::ErrorKind::unavailable, "no fork")});
  BOOST_TEST(steps.state() == "backoff");
  BOOST_TEST(steps.took() == "arm(1,75ms) publish(backoff)");
  steps.post(event::TimerDue{1});
  BOOST_TEST(steps.took() == "start(1,again)");
  steps.post(event::StartFailed{1, base::Error(base::ErrorKind::unavailable, "no fork")});
  BOOST_TEST(steps.took() == "arm(2,150ms) publish(backoff)");
  steps.post(event::Exited{1, exited(1)});  // it had started after all
  BOOST_TEST(steps.state() == "exited");
}

BOOST_AUTO_TEST_CASE(a_runtime_that_is_back_is_asked_for_the_start_at_once) {
  Steps steps;
  steps.post(event::Go{});
  steps.post(event::Back{});
  BOOST_TEST(steps.state() == "starting");
  steps.post(event::StartFailed{1, base::Error(base::ErrorKind::unavailable, "no engine")});
  steps.took();
  steps.post(event::Back{});
  BOOST_TEST(steps.took() == "cancel start(1,again)");
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_work_are_not_tried_again) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::always;
  steps.post(event::Go{});
  steps.post(event::StartFailed{1, base::Error(base::ErrorKind::invalid, "no such user")});
  BOOST_TEST(steps.state() == "failed");
}

BOOST_AUTO_TEST_CASE(failed_starts_count_as_attempts) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::on_failure;
  steps.service.restart.max_attempts = 1;
  steps.post(event::Go{});
  steps.post(event::StartFailed{1, base::Error("cannot exec")});
  BOOST_TEST(steps.state() == "backoff");
  steps.post(event::TimerDue{steps.machine.timer});
  steps.post(event::StartFailed{2, base::Error("cannot exec")});
  BOOST_TEST(steps.state() == "failed");
  BOOST_TEST(steps.machine.reason == "gave up after 1 restart: cannot exec");
}

BOOST_AUTO_TEST_CASE(health_is_probed_while_it_runs_and_told_when_it_changes) {
  Steps steps;
  steps.service.healthcheck.emplace();
  steps.service.healthcheck->retries = 1;
  steps.run();
  BOOST_TEST((steps.machine.health.health == model::Health::starting));
  BOOST_TEST(steps.took().find("probe(1)") != std::string::npos);
  steps.post(event::Probed{1, {true, true, steps.at.now, ""}});
  BOOST_TEST(steps.took() == "record publish(health_status: healthy)");
  steps.post(event::Probed{1, {true, true, steps.at.now, ""}});
  BOOST_TEST(steps.took() == "");
  steps.post(event::Probed{1, {false, true, steps.at.now, "refused"}});
  BOOST_TEST(steps.took() == "record publish(health_status: unhealthy)");
  steps.post(event::Exited{1, exited(1)});
  BOOST_TEST(steps.took() == "unprobe publish(die) record");
  BOOST_TEST((steps.machine.health.health == model::Health::none));
}

BOOST_AUTO_TEST_CASE(up_on_what_ended_asks_for_it_again) {
  for (const int code : {0, 1}) {
    Steps steps;
    steps.run();
    steps.post(event::Exited{1, exited(code)});
    steps.post(event::Want{});
    BOOST_TEST(steps.state() == "pending");
    BOOST_TEST(!steps.machine.started);
  }
}

BOOST_AUTO_TEST_SUITE_END()
