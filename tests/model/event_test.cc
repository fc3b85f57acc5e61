#include "core/model/event.h"

#include <csignal>

#include <boost/test/unit_test.hpp>

using namespace consort::model;

BOOST_AUTO_TEST_SUITE(event)

BOOST_AUTO_TEST_CASE(an_exit_reads_as_a_person_says_it) {
  ExitInfo exit;
  BOOST_TEST(to_string(exit) == "exit unknown");
  exit.cause = "the shim was killed";
  BOOST_TEST(to_string(exit) == "exit unknown: the shim was killed");
  exit = {.code = 1};
  BOOST_TEST(to_string(exit) == "exited (1)");
  exit = {.signal = SIGKILL, .oom = true};
  BOOST_TEST(to_string(exit) == "killed by SIGKILL, out of memory");
  exit = {.code = 0, .leftovers = true};
  BOOST_TEST(to_string(exit) == "exited (0), descendants still run");
  exit = {.signal = SIGRTMIN + 3};
  BOOST_TEST(to_string(exit) == "killed by SIGRTMIN+3");
}

BOOST_AUTO_TEST_CASE(a_shell_shows_the_code_or_the_signal_or_nothing) {
  BOOST_TEST((ExitInfo{.code = 3}.shell_code() == 3));
  BOOST_TEST((ExitInfo{.signal = 9}.shell_code() == 137));
  BOOST_TEST(!ExitInfo{}.shell_code());
  BOOST_TEST(!ExitInfo{}.success());
  BOOST_TEST(ExitInfo{.code = 0}.success());
  BOOST_TEST(!ExitInfo{.signal = 9}.success());
}

BOOST_AUTO_TEST_CASE(states_and_healths_have_names_that_parse) {
  for (int i = 0; i <= static_cast<int>(State::unknown); ++i) {
    const auto state = static_cast<State>(i);
    BOOST_TEST(!to_string(state).empty());
    BOOST_TEST((parse_state(to_string(state)) == state));
  }
  for (int i = 0; i <= static_cast<int>(Health::unhealthy); ++i) {
    const auto health = static_cast<Health>(i);
    BOOST_TEST(!to_string(health).empty());
    BOOST_TEST((parse_health(to_string(health)) == health));
  }
  BOOST_TEST(!parse_state("Running"));
  BOOST_TEST(!parse_state(""));
  BOOST_TEST(!parse_health("well"));
}

BOOST_AUTO_TEST_CASE(replicas_are_named_and_ordered_by_service_then_index) {
  BOOST_TEST(to_string(ReplicaId{"web", 2}) == "web-2");
  BOOST_TEST((ReplicaId{"a", 10} < ReplicaId{"b", 1}));
  BOOST_TEST((ReplicaId{"a", 2} < ReplicaId{"a", 10}));
}

BOOST_AUTO_TEST_SUITE_END()
