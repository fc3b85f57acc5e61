#include "core/plan/graph.h"

#include <boost/test/unit_test.hpp>

#include "tests/plan/services.h"

using namespace consort;
using tests::project;
using tests::service;
using Names = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(graph)

BOOST_AUTO_TEST_CASE(dependencies_come_first_and_names_decide_the_rest) {
  const auto made =
      plan::Graph::make(project({service("web", {"api", "cache"}), service("api", {"db"}),
                                 service("db"), service("cache"), service("alone")}));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->order() == (Names{"alone", "db", "api", "cache", "web"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(knows_both_directions) {
  const auto made =
      plan::Graph::make(project({service("web", {"db"}), service("api", {"db"}), service("db")}));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->dependents("db") == (Names{"api", "web"}), boost::test_tools::per_element());
  BOOST_TEST(made->dependencies("web") == (Names{"db"}), boost::test_tools::per_element());
  BOOST_TEST(made->dependencies("nobody").empty());
}

BOOST_AUTO_TEST_CASE(names_a_cycle_in_full_with_its_places) {
  const auto made = plan::Graph::make(project(
      {service("a", {"b"}), service("b", {"c"}), service("c", {"a"}), service("d", {"a"})}));
  BOOST_REQUIRE(made.has_error());
  BOOST_TEST(made.error().message() ==
             "f.yaml:10:7: cannot order the services: a -> b -> c -> a is a cycle (a needs b at "
             "f.yaml:10:7, b needs c at f.yaml:10:7, c needs a at f.yaml:10:7)");
}

BOOST_AUTO_TEST_CASE(a_cycle_does_not_name_who_only_leads_to_it) {
  const auto made =
      plan::Graph::make(project({service("a", {"x"}), service("x", {"y"}), service("y", {"x"})}));
  BOOST_REQUIRE(made.has_error());
  BOOST_TEST(made.error().message().find(": x -> y -> x is a cycle") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_service_that_needs_itself_is_a_cycle) {
  const auto made = plan::Graph::make(project({service("a", {"a"})}));
  BOOST_REQUIRE(made.has_error());
  BOOST_TEST(made.error().message().find("a -> a is a cycle") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_dependency_is_an_error_with_the_nearest_name) {
  const auto made = plan::Graph::make(project({service("web", {"databse"}), service("database")}));
  BOOST_REQUIRE(made.has_error());
  BOOST_TEST(
      made.error().message() ==
      "f.yaml:10:7: cannot let web depend on databse: there is no such service; did you mean "
      "database?");
}

BOOST_AUTO_TEST_CASE(a_dependency_without_its_profile_says_so) {
  auto file = project({service("web", {"debug"})});
  file.disabled = {"debug"};
  const auto made = plan::Graph::make(file);
  BOOST_REQUIRE(made.has_error());
  BOOST_TEST(made.error().message() ==
             "f.yaml:10:7: cannot let web depend on debug: no active profile enables it (--profile "
             "does, or to name it: consort up debug)");
}

BOOST_AUTO_TEST_CASE(a_missing_dependency_that_is_not_required_is_left_out) {
  auto web = service("web", {"debug"});
  web.depends_on["debug"].required = false;
  const auto made = plan::Graph::make(project({web}));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->dependencies("web").empty());
}

BOOST_AUTO_TEST_CASE(the_lenient_graph_orders_even_cycles) {
  const auto a = service("a", {"b"});
  const auto b = service("b", {"a", "gone"});
  const auto made = plan::Graph::lenient({{"a", &a}, {"b", &b}});
  BOOST_TEST(made.order() == (Names{"b", "a"}), boost::test_tools::per_element());
  BOOST_TEST(made.dependencies("b").empty());
  BOOST_TEST(made.dependents("a").empty());
  BOOST_TEST(made.dependents("b") == (Names{"a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(closure_is_what_is_needed_and_no_more) {
  const auto made = plan::Graph::make(project(
      {service("web", {"api"}), service("api", {"db"}), service("db"), service("other", {"db"})}));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->closure({"api"}) == (std::set<std::string>{"api", "db"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_chain_as_long_as_the_file_is_ordered) {
  std::vector<model::Service> services;
  services.push_back(service("s00000"));
  for (int i = 1; i < 20000; ++i) {
    char name[8], before[8];
    std::snprintf(name, sizeof name, "s%05d", 19999 - i);
    std::snprintf(before, sizeof before, "s%05d", 19999 - i + 1);
    if (i < 19999) services.push_back(service(name, {before}));
  }
  services.front() = service("s00000", {"s00001"});
  services.push_back(service("s19999"));
  const auto made = plan::Graph::make(project(std::move(services)));
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->order().front() == "s19999");
  BOOST_TEST(made->order().back() == "s00000");
}

BOOST_AUTO_TEST_SUITE_END()
