#include "core/cli/progress.h"

#include <boost/test/unit_test.hpp>

using namespace consort::cli;
using namespace consort::model;

namespace {

Event state_event(const char* service, State state, Health health = Health::none,
                  const char* reason = "") {
  Event event;
  event.type = "state";
  event.service = service;
  event.index = 1;
  ReplicaStatus status;
  status.id = {service, 1};
  status.state = state;
  status.health = health;
  status.reason = reason;
  event.status = status;
  return event;
}

Event ended_event(const char* service, int code) {
  Event event = state_event(service, State::exited);
  event.status->last_exit = ExitInfo{};
  event.status->last_exit->code = code;
  return event;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(each_change_is_one_plain_line) {
  Progress progress(Aim::running);
  BOOST_TEST(progress.apply(state_event("web", State::starting)).value() ==
             " Service web-1  Starting");
  BOOST_TEST(progress.apply(state_event("web", State::running)).value() ==
             " Service web-1  Started");
}

BOOST_AUTO_TEST_CASE(what_says_nothing_new_is_not_repeated) {
  Progress progress(Aim::running);
  (void)progress.apply(state_event("web", State::starting));
  BOOST_TEST(!progress.apply(state_event("web", State::starting)).has_value());
}

BOOST_AUTO_TEST_CASE(a_reason_stands_behind_the_word) {
  Progress progress(Aim::running);
  BOOST_TEST(
      progress.apply(state_event("web", State::pending, Health::none, "waits for db")).value() ==
      " Service web-1  Waiting for db");
}

BOOST_AUTO_TEST_CASE(another_reason_stands_behind_a_colon) {
  Progress progress(Aim::running);
  BOOST_TEST(
      progress.apply(state_event("web", State::failed, Health::none, "no such file")).value() ==
      " Service web-1  Failed: no such file");
}

BOOST_AUTO_TEST_CASE(waiting_for_health_is_not_done_until_healthy) {
  const auto starting = state_event("db", State::running, Health::starting);
  BOOST_TEST((describe(*starting.status, Aim::ready).standing == Standing::working));
  BOOST_TEST((describe(*starting.status, Aim::running).standing == Standing::done));
  const auto healthy = state_event("db", State::running, Health::healthy);
  BOOST_TEST((describe(*healthy.status, Aim::ready).standing == Standing::done));
  const auto unhealthy = state_event("db", State::running, Health::unhealthy);
  BOOST_TEST((describe(*unhealthy.status, Aim::ready).standing == Standing::failed));
}

BOOST_AUTO_TEST_CASE(what_runs_is_not_done_when_it_is_to_stop) {
  const auto running = state_event("db", State::running);
  BOOST_TEST((describe(*running.status, Aim::stopped).standing == Standing::working));
  const auto stopped = state_event("db", State::stopped);
  BOOST_TEST((describe(*stopped.status, Aim::removed).standing == Standing::done));
}

BOOST_AUTO_TEST_CASE(a_one_shot_that_ended_well_is_done_and_one_that_did_not_has_failed) {
  BOOST_TEST((describe(*ended_event("job", 0).status, Aim::running).standing == Standing::done));
  BOOST_TEST((describe(*ended_event("job", 3).status, Aim::running).standing == Standing::failed));
}

BOOST_AUTO_TEST_CASE(a_removed_replica_is_said_to_be) {
  Progress progress(Aim::removed);
  Event event;
  event.type = "state";
  event.action = "destroy";
  event.service = "web";
  event.index = 2;
  BOOST_TEST(progress.apply(event).value() == " Service web-2  Removed");
}

BOOST_AUTO_TEST_CASE(messages_of_the_project_are_lines) {
  Progress progress(Aim::running);
  Event event;
  event.type = "message";
  event.message = "pulling 40 %";
  BOOST_TEST(progress.apply(event).value() == " pulling 40 %");
}

BOOST_AUTO_TEST_CASE(the_table_has_a_head_and_a_line_for_each_replica) {
  Progress progress(Aim::running);
  (void)progress.apply(state_event("web", State::starting));
  (void)progress.apply(state_event("db", State::running));
  const auto lines = progress.table(Terminal{}, 80, 24);
  BOOST_REQUIRE(lines.size() == 3U);
  BOOST_TEST(lines[0] == "[+] Running 1/2");
  BOOST_TEST(lines[1] == " ✔ Service db-1   Started   0.0s");
  BOOST_TEST(lines[2] == " … Service web-1  Starting");
}

BOOST_AUTO_TEST_CASE(a_low_terminal_shows_what_is_not_done_first) {
  Progress progress(Aim::running);
  for (const char* name : {"a", "b", "c", "d"}) {
    (void)progress.apply(state_event(name, State::running));
  }
  (void)progress.apply(state_event("z", State::starting));
  const auto lines = progress.table(Terminal{}, 80, 4);
  BOOST_REQUIRE(lines.size() == 4U);
  BOOST_TEST(lines[1].find("z-1") != std::string::npos);
  BOOST_TEST(lines[3] == " … and 3 more");
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal) {
  Progress progress(Aim::running);
  (void)progress.apply(
      state_event("web", State::failed, Health::none, "cannot start it: a very long reason"));
  for (const auto& line : progress.table(Terminal{}, 20, 24)) {
    BOOST_TEST(visible_width(line) <= 20U);
  }
}

BOOST_AUTO_TEST_CASE(a_reason_cannot_move_the_cursor) {
  Progress progress(Aim::running);
  (void)progress.apply(state_event("web", State::failed, Health::none, "x\x1b[2Jy"));
  for (const auto& line : progress.table(Terminal{}, 80, 24)) {
    BOOST_TEST(line.find("\x1b[2J") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
