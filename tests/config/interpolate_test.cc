// Rules 1 to 6 of Compose's interpolation.
#include "core/config/interpolate.h"

#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

namespace {

std::string expand(std::string_view text) {
  const std::map<std::string, std::string, std::less<>> set = {
      {"A", "alpha"}, {"EMPTY", ""}, {"B", "beta"}, {"_x9", "nine"}};
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };
  Unset unset;
  auto result = interpolate(text, lookup, unset);
  std::string got = result ? *result : "error: " + result.error().message();
  for (const auto& name : unset) got += " unset:" + name;
  return got;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interpolation)

// rule 1: ${V:-d} ${V-d} ${V:?e} ${V?e} ${V:+x} ${V+x}
BOOST_AUTO_TEST_CASE(rule_1_defaults) {
  BOOST_TEST(expand("${A:-d}") == "alpha");
  BOOST_TEST(expand("${EMPTY:-d}") == "d");
  BOOST_TEST(expand("${NONE:-d}") == "d");
  BOOST_TEST(expand("${EMPTY-d}") == "");
  BOOST_TEST(expand("${NONE-d}") == "d");
  BOOST_TEST(expand("${NONE:-}") == "");
}

BOOST_AUTO_TEST_CASE(rule_1_required) {
  BOOST_TEST(expand("${A?no}") == "alpha");
  BOOST_TEST(expand("${EMPTY?no}") == "");
  BOOST_TEST(expand("${NONE?set it}") ==
             "error: required variable NONE is missing a value: set it");
  BOOST_TEST(expand("${EMPTY:?set it}") ==
             "error: required variable EMPTY is missing a value: set it");
  BOOST_TEST(expand("${NONE:?}") == "error: required variable NONE is missing a value");
}

BOOST_AUTO_TEST_CASE(rule_1_replacement) {
  BOOST_TEST(expand("${A:+x}") == "x");
  BOOST_TEST(expand("${EMPTY:+x}") == "");
  BOOST_TEST(expand("${EMPTY+x}") == "x");
  BOOST_TEST(expand("${NONE+x}") == "");
}

// rule 2: the first operator in the text wins
BOOST_AUTO_TEST_CASE(rule_2_the_first_operator_wins) {
  BOOST_TEST(expand("${U-myerror?msg}") == "myerror?msg");
  BOOST_TEST(expand("${U?bar-baz}") == "error: required variable U is missing a value: bar-baz");
  BOOST_TEST(expand("${U:-a:-b}") == "a:-b");
}

// rule 3: defaults nest, and may hold balanced braces
BOOST_AUTO_TEST_CASE(rule_3_nesting) {
  BOOST_TEST(expand("${U:-${V:-${A}}}") == "alpha");
  BOOST_TEST(expand("${U:-x${A}y${B}z}") == "xalphaybetaz");
  BOOST_TEST(expand("${J:-{\"json\":{\"a\":1}}}") == "{\"json\":{\"a\":1}}");
  // As with Docker Compose a default is worked out even where it is not used.
  BOOST_TEST(expand("${A:-${NOT_SET:?no}}") ==
             "error: required variable NOT_SET is missing a value: no");
}

// rule 4: $$ is a dollar; one that no name follows stays; ${} is no template
BOOST_AUTO_TEST_CASE(rule_4_dollars_and_names) {
  BOOST_TEST(expand("$$A $${A}") == "$A ${A}");
  BOOST_TEST(expand("$A-bar") == "alpha-bar");
  BOOST_TEST(expand("${A}x$_x9.") == "alphaxnine.");
  BOOST_TEST(expand("$1 $ $") == "$1 $ $");
  BOOST_TEST(expand("$.") == "$.");
}

BOOST_AUTO_TEST_CASE(rule_4_invalid_templates) {
  const std::string accepted =
      " (accepted: $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}, ${NAME:+other}, "
      "$$ for a dollar sign)";
  BOOST_TEST(expand("${}") == "error: invalid template \"${}\"" + accepted);
  BOOST_TEST(expand("${!x}") == "error: invalid template \"${!x}\"" + accepted);
  BOOST_TEST(expand("a${A") == "error: invalid template \"${A\"" + accepted);
}

// rule 5: what is unset is empty, with one warning
BOOST_AUTO_TEST_CASE(rule_5_unset_is_empty_and_told_and_there_are_no_substitutions) {
  BOOST_TEST(expand("[$NONE][${NONE}]") == "[][] unset:NONE");
  BOOST_TEST(expand("${A/b/c}").starts_with("error: invalid template"));
}

BOOST_AUTO_TEST_CASE(rule_5_unset_is_told_where_it_may_be_the_cause_of_an_error) {
  const Stack stack("services:\n  web: {command: run, replicas: $COPIES}\n");
  const auto result = load_project(stack.options);
  const auto* refused = std::get_if<Refused>(&result);
  BOOST_REQUIRE(refused);
  BOOST_TEST(refused->errors.size() == 1u);
  BOOST_TEST(to_string(refused->warnings) ==
             "consort.yaml:2:33: the variable \"COPIES\" is not set: it counts as empty");
}

BOOST_AUTO_TEST_CASE(rule_5_each_unset_variable_is_warned_about_once) {
  Stack stack("services:\n  web: {command: \"a $NOPE\", user: $NOPE}\n");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:2:18: the variable \"NOPE\" is not set: it counts as empty");
}

// rule 6: values only, in each file before it is merged and short forms are read
BOOST_AUTO_TEST_CASE(rule_6_keys_are_not_interpolated) {
  Stack stack("services: {web: {command: a, environment: {$A: $A}}}");
  stack.options.environment = {{"A", "alpha"}};
  const auto web = stack.service("web");
  BOOST_TEST(web.environment.at("$A") == "alpha");
}

BOOST_AUTO_TEST_CASE(rule_6_values_are_interpolated_before_short_forms_are_read) {
  Stack stack("services: {web: {command: a, ports: ['${HOST_PORT}:80']}}");
  stack.options.environment = {{"HOST_PORT", "8080"}};
  BOOST_TEST(stack.service("web").ports.at(0).published == 8080);
}

// rule 7: after substitution, values are cast by their place; yes, no, on, off with a warning
BOOST_AUTO_TEST_CASE(rule_7_interpolated_values_are_cast) {
  Stack stack("services: {web: {command: a, replicas: $N, tty: $T, deploy: {replicas: \"$N\"}}}");
  stack.options.environment = {{"N", "3"}, {"T", "true"}};
  const auto web = stack.service("web");
  BOOST_TEST(web.replicas == 3u);
  BOOST_TEST(web.tty);
}

BOOST_AUTO_TEST_CASE(rule_7_words_of_yaml_1_1_are_booleans_with_a_warning) {
  Stack stack("services:\n  web:\n    command: a\n    tty: yes\n    stdin_open: off\n");
  const auto web = stack.service("web");
  BOOST_TEST(web.tty);
  BOOST_TEST(!web.stdin_open);
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:4:10: services.web.tty: \"yes\" is read as true; write true, other YAML "
             "tools read it as a text\n"
             "consort.yaml:5:17: services.web.stdin_open: \"off\" is read as false; write false, "
             "other YAML tools read it as a text");
}

BOOST_AUTO_TEST_CASE(without_interpolation_values_stay) {
  Stack stack("services: {web: {command: [echo, $A]}}");
  stack.options.interpolate = false;
  BOOST_TEST(joined(stack.service("web").argv) == "echo|$A");
}

BOOST_AUTO_TEST_SUITE_END()
