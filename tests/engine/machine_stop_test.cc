#include <boost/test/unit_test.hpp>

#include "tests/engine/steps.h"

using namespace consort;
using namespace consort::engine;
using namespace consort::tests;
using namespace std::chrono_literals;
using model::State;
using runtime::Presence;

namespace {

ReplicaRecord record(State state, bool wanted = true) {
  ReplicaRecord made;
  made.status.id = {"web", 1};
  made.status.instance = "web-1-abc";
  made.status.state = state;
  made.status.generation = 4;
  made.wanted_running = wanted;
  model::Service service;
  service.name = "web";
  made.service = std::make_shared<const model::Service>(std::move(service));
  return made;
}

runtime::Attached found(Presence presence, int code = 0) {
  runtime::Attached attached;
  attached.presence = presence;
  if (presence == Presence::exited) attached.exit = exited(code);
  return attached;
}

const base::Error unreachable(base::ErrorKind::unavailable, "no route");

}  // namespace

BOOST_AUTO_TEST_SUITE(machine_stop)

BOOST_AUTO_TEST_CASE(a_stop_is_complete_when_nothing_runs_and_the_exit_is_known) {
  for (const bool exit_first : {true, false}) {
    Steps steps;
    steps.run();
    steps.took();
    steps.post(event::Stop{After::stopped, 3s, ""});
    BOOST_TEST(steps.took() == "record publish(stopping) stop(1,3s)");
    if (exit_first) steps.post(event::Exited{1, exited(0)});
    steps.post(event::StopDone{1, {}});
    BOOST_TEST(steps.state() == (exit_first ? "stopped" : "stopping"));
    if (!exit_first) steps.post(event::Exited{1, exited(0)});
    BOOST_TEST(steps.state() == "stopped");
    BOOST_TEST(!steps.machine.wanted);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_of_what_ended_asks_nobody) {
  Steps steps;
  steps.run();
  steps.post(event::Exited{1, exited(1)});
  steps.took();
  steps.post(event::Stop{After::stopped, {}, ""});
  BOOST_TEST(steps.took() == "record");
  BOOST_TEST(steps.state() == "exited");  // still how it ended
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_start_stops_what_starts_after_it) {
  Steps steps;
  steps.post(event::Go{});
  steps.took();
  steps.post(event::Stop{After::stopped, {}, ""});
  BOOST_TEST(steps.took() == "record publish(stopping) stop(1,10s)");
  steps.post(event::StopDone{1, {}});  // there was nothing yet
  BOOST_TEST(steps.state() == "stopping");
  steps.post(event::Started{1});
  BOOST_TEST(steps.took() == "stop(1,10s)");
  steps.post(event::Exited{1, exited(0)});
  steps.post(event::StopDone{1, {}});
  BOOST_TEST(steps.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_during_a_start_that_fails_is_done) {
  Steps steps;
  steps.post(event::Go{});
  steps.post(event::Stop{After::stopped, {}, ""});
  steps.post(event::StopDone{1, {}});
  steps.post(event::StartFailed{1, base::Error("cancelled")});
  BOOST_TEST(steps.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_replacement_waits_as_pending_after_the_stop) {
  Steps steps;
  steps.run();
  steps.post(event::Stop{After::pending, {}, ""});
  steps.post(event::Exited{1, exited(0)});
  steps.post(event::StopDone{1, {}});
  BOOST_TEST(steps.state() == "pending");
  BOOST_TEST(steps.machine.wanted);
}

BOOST_AUTO_TEST_CASE(up_during_a_stop_starts_it_again_afterwards) {
  Steps steps;
  steps.run();
  steps.post(event::Stop{After::removed, {}, ""});
  steps.post(event::Want{});
  steps.post(event::Exited{1, exited(0)});
  steps.took();
  steps.post(event::StopDone{1, {}});
  BOOST_TEST(steps.state() == "pending");
}

BOOST_AUTO_TEST_CASE(a_removal_forgets_and_then_drops) {
  Steps steps;
  steps.run();
  steps.post(event::Stop{After::removed, {}, ""});
  steps.post(event::Exited{1, exited(0)});
  steps.took();
  steps.post(event::StopDone{1, {}});
  BOOST_TEST(steps.took() == "publish(stop) forget");
  BOOST_TEST(steps.state() == "stopping");
  steps.post(event::Forgotten{});
  BOOST_TEST(steps.took() == "drop");
}

BOOST_AUTO_TEST_CASE(up_while_it_is_forgotten_keeps_it) {
  Steps steps;
  steps.post(event::Stop{After::removed, {}, ""});
  steps.post(event::Want{});
  steps.took();
  steps.post(event::Forgotten{});
  BOOST_TEST(steps.took() == "");
  BOOST_TEST(steps.state() == "pending");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_forgotten_stays_in_the_record) {
  Steps steps;
  steps.post(event::Stop{After::removed, {}, ""});
  steps.took();
  steps.post(event::Forgotten{base::Error("busy")});
  BOOST_TEST(steps.took() == "record publish(stop_failed)");
  BOOST_TEST(steps.machine.stop_error == "busy");
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_undo_a_removal) {
  Steps steps;
  steps.run();
  steps.post(event::Stop{After::removed, {}, ""});
  steps.post(event::Stop{After::stopped, {}, ""});
  BOOST_TEST((steps.machine.after == After::removed));
}

BOOST_AUTO_TEST_CASE(leftovers_are_stopped_before_a_restart) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::always;
  steps.service.restart.delay = 0s;
  steps.run();
  steps.took();
  auto exit = exited(1);
  exit.leftovers = true;
  steps.post(event::Exited{1, exit});
  BOOST_TEST(steps.took() == "publish(die) record publish(stopping) stop(1,10s)");
  steps.post(event::StopDone{1, {}});
  BOOST_TEST(steps.took() == "start(2)");
}

BOOST_AUTO_TEST_CASE(a_kill_by_hand_is_not_answered_with_a_restart) {
  Steps steps;
  steps.service.restart.condition = model::RestartCondition::always;
  steps.run();
  steps.post(event::Killed{});
  steps.post(event::Exited{1, exited(137)});
  BOOST_TEST(steps.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(what_a_record_says_becomes) {
  struct Row {
    State recorded;
    bool wanted;
    std::string state, effects;
  };
  for (const auto& row : std::vector<Row>{
           {State::pending, true, "pending", ""},
           {State::pending, false, "stopped", ""},
           {State::starting, true, "unknown", "attach(4)"},
           {State::running, true, "unknown", "attach(4)"},
           {State::stopping, false, "unknown", "attach(4)"},
           {State::unknown, true, "unknown", "attach(4)"},
           {State::backoff, true, "backoff", "arm(1,75ms)"},
           {State::backoff, false, "stopped", ""},
           {State::exited, true, "exited", ""},
           {State::failed, true, "failed", ""},
           {State::stopped, false, "stopped", ""},
       }) {
    Steps steps;
    steps.restore(record(row.recorded, row.wanted));
    BOOST_TEST_CONTEXT(model::to_string(row.recorded) << (row.wanted ? "" : ", not wanted")) {
      BOOST_TEST(steps.state() == row.state);
      BOOST_TEST(steps.took() == row.effects);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_runtime_answers_becomes) {
  struct Row {
    State recorded;
    bool wanted;
    runtime::Attached answer;
    std::string state, effects;
  };
  for (const auto& row : std::vector<Row>{
           {State::running, true, found(Presence::running), "running", "record publish(adopt)"},
           {State::starting, true, found(Presence::running), "running", "record publish(adopt)"},
           {State::running, true, found(Presence::exited, 3), "exited", "publish(die) record"},
           {State::running, true, found(Presence::gone), "exited", "publish(die) record"},
           {State::starting, true, found(Presence::gone), "pending", ""},
           {State::starting, true, found(Presence::exited, 0), "exited", "publish(die) record"},
           {State::stopping, false, found(Presence::running), "stopping",
            "record publish(stopping) stop(4,10s)"},
           {State::stopping, false, found(Presence::exited, 0), "stopped",
            "publish(die) record publish(stop)"},
           {State::stopping, true, found(Presence::gone), "pending", "publish(die) publish(stop)"},
       }) {
    Steps steps;
    steps.restore(record(row.recorded, row.wanted));
    steps.took();
    steps.post(event::Attached{4, row.answer});
    BOOST_TEST_CONTEXT(model::to_string(row.recorded)
                       << " and " << static_cast<int>(row.answer.presence)) {
      BOOST_TEST(steps.state() == row.state);
      BOOST_TEST(steps.took() == row.effects);
      if (row.answer.presence == Presence::gone && steps.machine.exit) {
        BOOST_TEST(!steps.machine.exit->success());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_attach_that_cannot_be_answered_is_tried_at_growing_distances) {
  Steps steps;
  steps.restore(record(State::running));
  steps.took();
  steps.post(event::AttachFailed{4, unreachable});
  BOOST_TEST(steps.took() == "arm(1,75ms) record publish(unknown)");
  steps.post(event::TimerDue{1});
  BOOST_TEST(steps.took() == "attach(4)");
  steps.post(event::AttachFailed{4, unreachable});
  BOOST_TEST(steps.took() == "arm(2,150ms)");  // told once
}

BOOST_AUTO_TEST_CASE(a_command_asks_at_once_and_is_told_also_what_is_known) {
  Steps steps;
  steps.restore(record(State::running));
  steps.post(event::AttachFailed{4, unreachable});
  steps.took();
  steps.post(event::Want{});
  BOOST_TEST(steps.took() == "record publish(unknown) cancel attach(4)");
  steps.post(event::AttachFailed{4, unreachable});
  BOOST_TEST(steps.took() == "arm(2,75ms) record publish(unknown)");
  BOOST_TEST(steps.machine.reason == "no route");
  BOOST_TEST(!steps.machine.stuck);
  steps.post(event::Want{});
  steps.post(event::AttachFailed{4, base::Error(base::ErrorKind::denied, "no key")});
  BOOST_TEST(steps.machine.stuck);
  steps.post(event::TimerDue{3});
  BOOST_TEST(!steps.machine.stuck);  // until it is answered again
}

BOOST_AUTO_TEST_SUITE_END()
