#include "core/model/project.h"

#include <boost/test/unit_test.hpp>

using namespace consort::model;

BOOST_AUTO_TEST_SUITE(project)

BOOST_AUTO_TEST_CASE(a_location_shows_as_much_as_is_known) {
  BOOST_TEST(to_string(Location{"f.yaml", 3, 7}) == "f.yaml:3:7");
  BOOST_TEST(to_string(Location{"f.yaml", 0, 0}) == "f.yaml");
  BOOST_TEST(to_string(Location{}) == "");
}

BOOST_AUTO_TEST_CASE(conditions_have_composes_names) {
  BOOST_TEST(to_string(Condition::started) == "service_started");
  BOOST_TEST(to_string(Condition::healthy) == "service_healthy");
  BOOST_TEST(to_string(Condition::completed_successfully) == "service_completed_successfully");
  BOOST_TEST((parse_condition("service_healthy") == Condition::healthy));
  BOOST_TEST(!parse_condition("healthy"));
  BOOST_TEST(to_string(RestartCondition::never) == "no");
  BOOST_TEST(to_string(RestartCondition::on_failure) == "on-failure");
  BOOST_TEST(to_string(RestartCondition::always) == "always");
  BOOST_TEST(to_string(RestartCondition::unless_stopped) == "unless-stopped");
}

BOOST_AUTO_TEST_SUITE_END()
