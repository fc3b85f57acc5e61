#include "core/plan/stop_order.h"

#include <boost/test/unit_test.hpp>

#include "tests/plan/services.h"

using namespace consort;
using tests::project;
using tests::service;
using Names = std::vector<std::string>;

namespace {

plan::Graph graph() {
  return *plan::Graph::make(project(
      {service("web", {"api"}), service("job", {"db"}), service("api", {"db"}), service("db")}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stop_order)

// rule 37: stopped in reverse order
BOOST_AUTO_TEST_CASE(a_service_may_stop_when_all_its_dependents_have) {
  plan::StopOrder order(graph(), {"web", "job", "api", "db"});
  BOOST_TEST(order.may_stop("web"));
  BOOST_TEST(order.may_stop("job"));
  BOOST_TEST(!order.may_stop("api"));
  BOOST_TEST(!order.may_stop("db"));
  BOOST_TEST(order.stopped("web") == (Names{"api"}), boost::test_tools::per_element());
  BOOST_TEST(order.stopped("job").empty());
  BOOST_TEST(order.stopped("api") == (Names{"db"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(dependents_that_stay_are_not_waited_for) {
  plan::StopOrder order(graph(), {"api"});
  BOOST_TEST(order.may_stop("api"));
  BOOST_TEST(order.stopped("api").empty());
}

BOOST_AUTO_TEST_CASE(a_second_report_of_the_same_is_nothing) {
  plan::StopOrder order(graph(), {"web", "job", "api", "db"});
  order.stopped("job");
  BOOST_TEST(order.stopped("job").empty());
  BOOST_TEST(!order.may_stop("db"));
}

BOOST_AUTO_TEST_SUITE_END()
