#include "core/plan/readiness.h"

#include <boost/test/unit_test.hpp>

using namespace consort;
using model::Condition;
using model::Health;
using model::State;
using plan::Goal;
using plan::Readiness;
using plan::Standing;

namespace boost::test_tools::tt_detail {
template <>
struct print_log_value<Readiness> {
  void operator()(std::ostream& out, Readiness value) const { out << static_cast<int>(value); }
};
}  // namespace boost::test_tools::tt_detail

namespace {

Standing standing(State state) {
  Standing made;
  made.state = state;
  return made;
}
Standing ran(State state) {
  Standing made = standing(state);
  made.started = true;
  return made;
}
Standing ended(int code) {
  Standing made = ran(State::exited);
  made.success = code == 0;
  made.outcome = "exited (" + std::to_string(code) + ")";
  return made;
}
Standing checked(State state, Health health) {
  Standing made = ran(state);
  made.checked = true;
  made.health = health;
  return made;
}
Standing stuck(const std::string& why) {
  Standing made = ran(State::unknown);
  made.stuck = true;
  made.outcome = why;
  return made;
}
Standing failed(const std::string& why) {
  Standing made = standing(State::failed);
  made.outcome = why;
  return made;
}

struct Row {
  Condition condition;
  Standing standing;
  Readiness readiness;
  std::string why;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(readiness)

BOOST_AUTO_TEST_CASE(every_condition_in_every_state) {
  const auto started = Condition::started;
  const auto healthy = Condition::healthy;
  const auto completed = Condition::completed_successfully;
  const auto ready = Readiness::ready;
  const auto waiting = Readiness::waiting;
  const auto fails = Readiness::failed;
  const std::vector<Row> table{
      {started, standing(State::pending), waiting, "waits for db to start"},
      {started, standing(State::starting), waiting, "waits for db to start"},
      {started, standing(State::stopping), waiting, "waits for db to start"},
      {started, standing(State::unknown), waiting, "waits for db to start"},
      {started, stuck("no key"), fails, "dependency db is unknown: no key"},
      {started, ran(State::running), ready, ""},
      {started, checked(State::running, Health::unhealthy), ready, ""},
      {started, ran(State::backoff), ready, ""},
      {started, standing(State::backoff), waiting, "waits for db to start"},
      {started, ended(1), ready, ""},
      {started, failed("no disk"), fails, "dependency db failed: no disk"},
      {started, ran(State::stopped), fails, "dependency db is stopped"},

      {healthy, standing(State::pending), waiting, "waits for db to be healthy"},
      {healthy, checked(State::running, Health::starting), waiting, "waits for db to be healthy"},
      {healthy, checked(State::running, Health::healthy), ready, ""},
      {healthy, checked(State::running, Health::unhealthy), fails, "dependency db is unhealthy"},
      {healthy, checked(State::backoff, Health::none), waiting, "waits for db to be healthy"},
      {healthy, checked(State::unknown, Health::healthy), waiting, "waits for db to be healthy"},
      {healthy, stuck("no key"), fails, "dependency db is unknown: no key"},
      {healthy, ran(State::running), fails, "dependency db has no health check"},
      {healthy, ended(0), fails, "dependency db exited (0)"},
      {healthy, ran(State::stopped), fails, "dependency db is stopped"},

      {completed, stuck("no key"), fails, "dependency db is unknown: no key"},
      {completed, ran(State::running), waiting, "waits for db to complete"},
      {completed, ran(State::backoff), waiting, "waits for db to complete"},
      {completed, ended(0), ready, ""},
      {completed, ended(2), fails, "dependency db exited (2)"},
      {completed, failed("no disk"), fails, "dependency db failed: no disk"},
  };
  for (const auto& row : table) {
    model::Dependency dependency;
    dependency.condition = row.condition;
    BOOST_TEST_CONTEXT(model::to_string(row.condition)
                       << " when " << model::to_string(row.standing.state)) {
      const auto verdict = plan::judge("db", dependency, std::vector{row.standing});
      BOOST_TEST(verdict.readiness == row.readiness);
      BOOST_TEST(verdict.why == row.why);
    }
  }
}

BOOST_AUTO_TEST_CASE(all_replicas_count_and_a_failed_one_first) {
  model::Dependency dependency;
  BOOST_TEST(
      plan::judge("db", dependency, std::vector{ran(State::running), standing(State::pending)})
          .readiness == Readiness::waiting);
  BOOST_TEST(
      plan::judge("db", dependency, std::vector{standing(State::pending), failed("x")}).readiness ==
      Readiness::failed);
}

// rule 37: nobody waits for what is scaled to 0
BOOST_AUTO_TEST_CASE(a_dependency_scaled_to_nothing_is_not_waited_for) {
  BOOST_TEST(plan::judge("db", {}, {}).readiness == Readiness::ready);
}

BOOST_AUTO_TEST_CASE(what_is_not_required_is_waited_for_but_its_failure_is_a_warning) {
  model::Dependency dependency;
  dependency.required = false;
  BOOST_TEST(plan::judge("db", dependency, std::vector{standing(State::starting)}).readiness ==
             Readiness::waiting);
  const auto verdict = plan::judge("db", dependency, std::vector{failed("no disk")});
  BOOST_TEST(verdict.readiness == Readiness::ready);
  BOOST_TEST(verdict.why == "dependency db failed: no disk");
}

BOOST_AUTO_TEST_CASE(goals) {
  const auto of = [](Goal goal, const Standing& standing) {
    return plan::judge_goal(goal, standing).readiness;
  };
  BOOST_TEST(of(Goal::running, ran(State::running)) == Readiness::ready);
  BOOST_TEST(of(Goal::running, ended(0)) == Readiness::ready);
  BOOST_TEST(of(Goal::running, checked(State::running, Health::starting)) == Readiness::ready);
  BOOST_TEST(of(Goal::ready, checked(State::running, Health::starting)) == Readiness::waiting);
  BOOST_TEST(of(Goal::ready, checked(State::running, Health::unhealthy)) == Readiness::failed);
  BOOST_TEST(of(Goal::ready, ran(State::running)) == Readiness::ready);
  BOOST_TEST(of(Goal::ready, ran(State::backoff)) == Readiness::waiting);
  BOOST_TEST(of(Goal::ready, ended(0)) == Readiness::ready);
  BOOST_TEST(of(Goal::ready, ended(1)) == Readiness::failed);
  BOOST_TEST(of(Goal::completed, ran(State::running)) == Readiness::waiting);
  BOOST_TEST(of(Goal::completed, ended(0)) == Readiness::ready);
}

BOOST_AUTO_TEST_SUITE_END()
