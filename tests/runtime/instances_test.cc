#include "core/runtime/instances.h"

#include <boost/test/unit_test.hpp>

namespace consort::runtime {
namespace {

using Outcome = Instances::Outcome;
using Verdict = Instances::Verdict;

model::ExitInfo code(int value) {
  model::ExitInfo exit;
  exit.code = value;
  return exit;
}

struct Fixture {
  Instances instances;
};

BOOST_FIXTURE_TEST_SUITE(instances, Fixture)

BOOST_AUTO_TEST_CASE(an_exit_after_the_start_is_reported_once) {
  instances.begin("a");
  BOOST_TEST(!instances.settle("a", Outcome::runs));
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::report));
  BOOST_TEST((instances.exited("a", code(2)) == Verdict::duplicate));
}

BOOST_AUTO_TEST_CASE(an_exit_before_the_start_completes_is_held_back) {
  instances.begin("a");
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::held));
  BOOST_TEST((instances.exited("a", code(2)) == Verdict::duplicate));
  const auto exit = instances.settle("a", Outcome::runs);
  BOOST_REQUIRE(exit);
  BOOST_TEST(*exit->code == 1);
  BOOST_TEST((instances.exited("a", code(3)) == Verdict::duplicate));
}

BOOST_AUTO_TEST_CASE(a_failed_start_has_no_exit) {
  instances.begin("a");
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::held));
  BOOST_TEST(!instances.settle("a", Outcome::failed));
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::unknown));
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_keeps_the_exit_for_the_next_try) {
  instances.begin("a");
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::held));
  BOOST_TEST(!instances.settle("a", Outcome::unknown));
  instances.begin("a");
  BOOST_TEST(*instances.settle("a", Outcome::runs)->code == 1);
}

BOOST_AUTO_TEST_CASE(an_attach_that_answers_exited_has_told_it) {
  instances.begin("a");
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::held));
  BOOST_TEST(!instances.settle("a", Outcome::ended));
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::duplicate));
}

BOOST_AUTO_TEST_CASE(a_failed_second_start_changes_nothing_of_the_first) {
  instances.begin("a");
  BOOST_TEST(!instances.settle("a", Outcome::runs));
  instances.begin("a");
  BOOST_TEST(!instances.settle("a", Outcome::failed));
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::report));
}

BOOST_AUTO_TEST_CASE(a_removed_one_is_forgotten) {
  instances.begin("a");
  instances.settle("a", Outcome::runs);
  instances.forget("a");
  BOOST_TEST((instances.exited("a", code(1)) == Verdict::unknown));
  BOOST_TEST(!instances.settle("a", Outcome::runs));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
