#include "core/engine/gate.h"

#include <boost/test/unit_test.hpp>

using namespace consort;
using engine::Gate;
using model::State;
using plan::Readiness;

namespace {

// Services in the states that a test gives them; the rest is pending.
struct Services {
  std::map<std::string, State> states;
  Gate gate;
  std::vector<std::string> started;

  std::vector<plan::Standing> look(const std::string& service) const {
    plan::Standing standing;
    const auto state = states.find(service);
    standing.state = state == states.end() ? State::pending : state->second;
    standing.started = standing.state == State::running;
    standing.settled = standing.state == State::running || standing.state == State::stopped;
    return {standing};
  }
  Gate::Look looker() {
    return [this](const std::string& service) { return look(service); };
  }
  plan::Verdict enter(const std::string& service, const std::vector<std::string>& needs,
                      Gate::Mode mode = Gate::Mode::all) {
    std::map<std::string, model::Dependency> depends_on;
    for (const auto& name : needs) depends_on[name] = {};
    return gate.enter({service, 1}, depends_on, mode, looker());
  }
  std::vector<Gate::Decision> set(const std::string& service, State state) {
    states[service] = state;
    return gate.changed(service, looker());
  }
  // Starts `service` and all that may start because of it.
  void start(const std::string& service) {
    std::vector<std::string> open{service};
    while (!open.empty()) {
      const std::string next = open.back();
      open.pop_back();
      started.push_back(next);
      for (const auto& [id, verdict] : set(next, State::running)) {
        if (verdict.readiness == Readiness::ready) open.push_back(id.service);
      }
    }
  }
};

std::string numbered(int i) {
  char name[8];
  std::snprintf(name, sizeof name, "s%04d", i);
  return name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gate)

BOOST_AUTO_TEST_CASE(who_needs_nothing_does_not_wait) {
  Services services;
  BOOST_TEST((services.enter("a", {}).readiness == Readiness::ready));
  BOOST_TEST(!services.gate.waits({"a", 1}));
}

BOOST_AUTO_TEST_CASE(waits_for_one_after_the_other) {
  Services services;
  BOOST_TEST(services.enter("web", {"a", "b"}).why == "waits for a to start");
  auto decisions = services.set("b", State::running);
  BOOST_TEST(decisions.empty());
  decisions = services.set("a", State::running);
  BOOST_REQUIRE(decisions.size() == 1u);
  BOOST_TEST((decisions[0].second.readiness == Readiness::ready));
  BOOST_TEST(!services.gate.waits({"web", 1}));
}

BOOST_AUTO_TEST_CASE(names_the_next_that_it_waits_for) {
  Services services;
  services.enter("web", {"a", "b"});
  const auto decisions = services.set("a", State::running);
  BOOST_REQUIRE(decisions.size() == 1u);
  BOOST_TEST(decisions[0].second.why == "waits for b to start");
  BOOST_TEST(services.gate.waits({"web", 1}));
}

BOOST_AUTO_TEST_CASE(a_dependency_that_is_not_ready_any_more_is_waited_for_again) {
  Services services;
  services.enter("web", {"a", "b"});
  services.set("a", State::running);
  services.set("a", State::stopping);
  auto decisions = services.set("b", State::running);
  BOOST_TEST(decisions.empty());
  BOOST_TEST(services.gate.waits({"web", 1}));
  decisions = services.set("a", State::running);
  BOOST_REQUIRE(decisions.size() == 1u);
  BOOST_TEST((decisions[0].second.readiness == Readiness::ready));
}

BOOST_AUTO_TEST_CASE(a_failed_dependency_is_told_at_once_even_if_another_is_waited_for) {
  Services services;
  services.enter("web", {"a", "b"});
  const auto decisions = services.set("b", State::failed);
  BOOST_REQUIRE(decisions.size() == 1u);
  BOOST_TEST((decisions[0].second.readiness == Readiness::failed));
}

BOOST_AUTO_TEST_CASE(after_a_restart_by_hand_only_what_moves_counts) {
  Services services;
  services.states["a"] = State::stopped;
  BOOST_TEST((services.enter("web", {"a"}, Gate::Mode::moving).readiness == Readiness::ready));
  services.states["a"] = State::starting;
  BOOST_TEST((services.enter("web", {"a"}, Gate::Mode::moving).readiness == Readiness::waiting));
}

BOOST_AUTO_TEST_CASE(who_left_is_not_told) {
  Services services;
  services.enter("web", {"a"});
  services.gate.leave({"web", 1});
  BOOST_TEST(services.set("a", State::running).empty());
}

// What is looked at must grow with the edges: counted, not timed.
BOOST_AUTO_TEST_CASE(a_thousand_in_a_chain) {
  Services services;
  for (int i = 1; i < 1000; ++i) services.enter(numbered(i), {numbered(i - 1)});
  services.start(numbered(0));
  BOOST_TEST(services.started.size() == 1000u);
  BOOST_TEST(services.gate.judged() <= 4u * 999u);
}

BOOST_AUTO_TEST_CASE(a_thousand_that_need_one) {
  Services services;
  for (int i = 1; i < 1000; ++i) services.enter(numbered(i), {numbered(0)});
  services.start(numbered(0));
  BOOST_TEST(services.started.size() == 1000u);
  BOOST_TEST(services.gate.judged() <= 4u * 999u);
}

BOOST_AUTO_TEST_CASE(one_that_needs_a_thousand) {
  for (const bool forwards : {true, false}) {
    Services services;
    std::vector<std::string> all;
    for (int i = 0; i < 1000; ++i) all.push_back(numbered(i));
    services.enter("last", all);
    for (int i = 0; i < 1000; ++i) services.start(numbered(forwards ? i : 999 - i));
    BOOST_TEST(services.started.size() == 1001u);
    BOOST_TEST(services.gate.judged() <= 4u * 1000u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
