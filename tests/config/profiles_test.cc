// Rule 47: profiles.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config::test;

namespace {

struct Profiled : Stack {
  Profiled()
      : Stack(
            "services:\n"
            "  always: {command: a}\n"
            "  one: {command: a, profiles: [x]}\n"
            "  two: {command: a, profiles: [x, y]}\n") {}
  std::string enabled() const {
    std::string names;
    for (const auto& [name, service] : load().project.services) names += name + " ";
    return names;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(profiles)

// rule 47: any match enables, * all; a named service brings its profiles
BOOST_AUTO_TEST_CASE(rule_47_without_profiles_always) {
  Profiled stack;
  BOOST_TEST(stack.enabled() == "always ");
  BOOST_TEST(joined(stack.load().project.disabled) == "one|two");
}

BOOST_AUTO_TEST_CASE(rule_47_any_match_enables) {
  Profiled stack;
  stack.options.profiles = {"y"};
  BOOST_TEST(stack.enabled() == "always two ");
  stack.options.profiles = {"x"};
  BOOST_TEST(stack.enabled() == "always one two ");
}

BOOST_AUTO_TEST_CASE(rule_47_a_star_enables_all) {
  Profiled stack;
  stack.options.profiles = {"*"};
  BOOST_TEST(stack.enabled() == "always one two ");
}

BOOST_AUTO_TEST_CASE(rule_47_the_environment_names_profiles_where_no_flag_does) {
  Profiled stack;
  stack.options.environment = {{"COMPOSE_PROFILES", "z,y"}};
  BOOST_TEST(stack.enabled() == "always two ");
  stack.options.profiles = {"none"};
  BOOST_TEST(stack.enabled() == "always ");
}

BOOST_AUTO_TEST_CASE(rule_47_an_empty_profile_is_active_where_none_is_named) {
  Stack stack("services: {a: {command: a}, b: {command: a, profiles: [\"\", x]}}");
  BOOST_TEST(stack.load().project.services.size() == 2);
  stack.options.environment = {{"COMPOSE_PROFILES", "y"}};
  BOOST_TEST(stack.load().project.services.size() == 1);
  stack.options.environment = {{"COMPOSE_PROFILES", "y,"}};
  BOOST_TEST(stack.load().project.services.size() == 2);
  stack.options.profiles = {"y"};
  BOOST_TEST(stack.load().project.services.size() == 1);
}

BOOST_AUTO_TEST_CASE(rule_47_naming_a_service_activates_its_profiles) {
  Profiled stack;
  stack.options.services = {"two"};
  BOOST_TEST(stack.enabled() == "always one two ");
}

BOOST_AUTO_TEST_CASE(rule_47_a_name_that_there_is_not_is_left_to_the_caller) {
  Profiled stack;
  stack.options.services = {"tow", "two"};
  BOOST_TEST(stack.enabled() == "always one two ");
}

BOOST_AUTO_TEST_CASE(rule_47_a_dependency_must_be_enabled) {
  Stack stack(
      "services:\n"
      "  web: {command: a, depends_on: [db]}\n"
      "  db: {command: a, profiles: [debug, test]}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:2:34: cannot read services.web.depends_on.db: service \"db\" is not "
             "enabled (its profiles: debug, test)");
  stack.options.profiles = {"test"};
  BOOST_TEST(stack.load().project.services.size() == 2u);
}

// rule 36: required: false makes a missing dependency a warning
BOOST_AUTO_TEST_CASE(rule_36_a_dependency_that_is_not_required_may_be_missing) {
  Stack stack(
      "services:\n"
      "  web:\n    command: a\n    depends_on:\n"
      "      db: {condition: service_started, required: false}\n"
      "      no: {condition: service_started, required: false}\n"
      "  db: {command: a, profiles: [debug]}\n");
  BOOST_TEST(stack.service("web").depends_on.empty());
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:5:7: services.web.depends_on.db: service \"db\" is not enabled (its "
             "profiles: debug); it is not waited for\n"
             "consort.yaml:6:7: services.web.depends_on.no: there is no service \"no\"; it is not "
             "waited for");
}

BOOST_AUTO_TEST_CASE(errors_in_services_that_are_not_enabled_are_told) {
  Stack stack("services: {a: {command: a}, b: {command: b, profiles: [x], tty: 3}}");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:1:65: cannot read services.b.tty: \"3\" is not a boolean (accepted: "
             "true, false)");
}

BOOST_AUTO_TEST_SUITE_END()
