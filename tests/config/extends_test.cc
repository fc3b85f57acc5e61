// Rule 15: a service that extends another one.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

namespace {

struct Extended : Stack {
  explicit Extended(std::string_view main, std::string_view other = {}) : Stack(main) {
    if (!other.empty()) folder.write("common/base.yaml", other);
  }
  std::string argv(const std::string& name = "a") const { return joined(service(name).argv); }
  std::string path(const char* below) const { return (folder.path() / below).string(); }
};

constexpr const char* from_file =
    "services: {a: {extends: {file: common/base.yaml, service: base}}}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(extends)

// rule 15: extends merges, imports no resources, starts paths at its file
BOOST_AUTO_TEST_CASE(rule_15_a_service_of_the_same_file) {
  Extended stack(
      "services:\n"
      "  base: {command: [one], environment: {A: 1, B: 2}}\n"
      "  a: {extends: base, environment: {B: 3}}\n"
      "  b: {extends: {service: base}, command: [two]}\n");
  BOOST_TEST(stack.argv() == "one");
  BOOST_TEST(spec(stack.service("a"), "environment") == R"({"A":"1","B":"3"})");
  BOOST_TEST(stack.argv("b") == "two");
  BOOST_TEST(spec(stack.service("a"), "extends") == "-");
}

BOOST_AUTO_TEST_CASE(rule_15_a_service_of_another_file) {
  Extended stack(from_file, "services: {base: {command: [one]}, other: {command: [two]}}");
  BOOST_TEST(stack.argv() == "one");
  BOOST_TEST(stack.load().project.services.size() == 1u);
}

BOOST_AUTO_TEST_CASE(rule_15_a_chain_over_files) {
  Extended stack(from_file,
                 "services: {base: {extends: {file: deep/er.yaml, service: x}, command: [b]}}");
  stack.folder.write("common/deep/er.yaml",
                     "services: {x: {extends: y, environment: {X: 1}}, y: {command: [y], "
                     "environment: {Y: 1}}}");
  BOOST_TEST(stack.argv() == "b");
  BOOST_TEST(spec(stack.service("a"), "environment") == R"({"X":"1","Y":"1"})");
}

BOOST_AUTO_TEST_CASE(rule_15_relative_paths_start_at_the_extended_file) {
  Extended stack(
      "services:\n"
      "  a:\n"
      "    extends: {file: common/base.yaml, service: base}\n"
      "    volumes: [./own:/own]\n",
      "services: {base: {image: i, build: {context: ./src}, volumes: ['./data:/data'],"
      " env_file: my.env}}");
  stack.folder.write("common/my.env", "X=1");
  const auto a = stack.service("a");
  const auto& volumes = a.spec.at("volumes").as_array();
  BOOST_REQUIRE(volumes.size() == 2u);
  BOOST_TEST(volumes[0].at("source").as_string() == stack.path("common/data"));
  BOOST_TEST(volumes[1].at("source").as_string() == stack.path("own"));
  BOOST_TEST(a.spec.at("build").at("context").as_string() == stack.path("common/src"));
  BOOST_TEST(a.environment.at("X") == "1");
}

BOOST_AUTO_TEST_CASE(rule_15_the_rules_of_merging_hold) {
  Extended stack(
      "services:\n"
      "  base: {image: i, command: [one], ports: ['80:80'], volumes: [/x], dns: 1.1.1.1,\n"
      "         depends_on: [db], logging: {driver: json, options: {a: b}}}\n"
      "  a: {extends: base, command: [two], ports: ['80:80', '81:81'], dns: 2.2.2.2,\n"
      "      logging: {driver: none}}\n"
      "  db: {image: i}\n");
  const auto a = stack.service("a");
  BOOST_TEST(spec(a, "command") == R"(["two"])");
  BOOST_TEST(a.ports.size() == 2u);
  BOOST_TEST(spec(a, "dns") == R"(["1.1.1.1","2.2.2.2"])");
  BOOST_TEST(spec(a, "logging") == R"({"driver":"none"})");
  BOOST_TEST(a.depends_on.count("db") == 1u);
}

BOOST_AUTO_TEST_CASE(rule_15_tags_apply_to_what_is_extended) {
  Extended stack(
      "services:\n"
      "  base: {command: [one], environment: {A: 1, B: 2}, user: u}\n"
      "  a: {extends: base, environment: !override {C: 3}, user: !reset null}\n"
      "  b: {extends: base, environment: {A: !reset null}}\n");
  BOOST_TEST(spec(stack.service("a"), "environment") == R"({"C":"3"})");
  BOOST_TEST(spec(stack.service("a"), "user") == "-");
  BOOST_TEST(spec(stack.service("b"), "environment") == R"({"B":"2"})");
}

BOOST_AUTO_TEST_CASE(rule_14_tags_inside_an_extended_file) {
  Extended stack(from_file,
                 "services:\n"
                 "  first: {command: [f], environment: {A: 1}, user: u}\n"
                 "  base: {extends: first, user: !reset null, environment: !override {B: 2}}\n");
  BOOST_TEST(spec(stack.service("a"), "environment") == R"({"B":"2"})");
  BOOST_TEST(spec(stack.service("a"), "user") == "-");
}

BOOST_AUTO_TEST_CASE(rule_15_named_resources_are_not_imported) {
  Extended stack(from_file,
                 "services: {base: {image: i, networks: [inner]}}\nnetworks: {inner: {}}\n");
  BOOST_TEST(stack.errors().find("inner") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rule_15_a_circle_is_an_error_that_shows_it) {
  Extended stack(
      "services:\n"
      "  a: {extends: b}\n"
      "  b: {extends: c}\n"
      "  c: {extends: a}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:16: cannot extend a service: they extend each other in a circle: "
             "a (consort.yaml:2:16) -> b (consort.yaml:3:16) -> c (consort.yaml:4:16) -> a");
}

BOOST_AUTO_TEST_CASE(rule_15_a_circle_over_files_is_an_error) {
  Extended stack(from_file,
                 "services: {base: {extends: {file: base.yaml, service: next}},"
                 " next: {extends: base}}");
  const std::string errors = stack.errors();
  BOOST_TEST_MESSAGE(errors);
  BOOST_TEST(errors.find("in a circle: base (common/base.yaml:1:55) -> "
                         "next (common/base.yaml:1:79) -> base") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_very_long_chain_is_an_error) {
  std::string text = "services:\n  s0: {command: [x]}\n";
  for (int i = 1; i < 300; ++i) {
    text += "  s" + std::to_string(300 - i) + ": {extends: s" + std::to_string(299 - i) + "}\n";
  }
  BOOST_TEST(Extended(text).errors().find("the chain is longer than 100 services") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named_with_its_place) {
  BOOST_TEST(Extended("services: {a: {extends: bas}, base: {command: [x]}}").errors() ==
             "consort.yaml:1:25: cannot extend service \"bas\" as a: this file has none of that "
             "name (did you mean \"base\"?)");
  BOOST_TEST(Extended(from_file, "services: {b: {command: [x]}}").errors() ==
             "consort.yaml:1:59: cannot extend service \"base\" as a: common/base.yaml has none "
             "of that name");
  Extended no_file(from_file);
  BOOST_TEST(no_file.errors() ==
             "consort.yaml:1:32: cannot extend service \"base\" as a: cannot "
             "read " +
                 no_file.path("common/base.yaml") + ": No such file or directory");
  BOOST_TEST(Extended(from_file, "volumes: {}").errors() ==
             "consort.yaml:1:32: cannot extend service \"base\" as a: common/base.yaml has no "
             "services");
}

BOOST_AUTO_TEST_CASE(extended_files_see_the_variables_of_the_project) {
  Extended stack(from_file, "services: {base: {command: [\"$WORD\"]}}");
  stack.options.environment = {{"WORD", "said"}};
  BOOST_TEST(stack.argv() == "said");
}

BOOST_AUTO_TEST_CASE(a_binary_clears_an_extended_command) {
  Extended stack(
      "services: {base: {image: i, command: [c]}, a: {extends: base, runtime: process, "
      "binary: ./b}}");
  BOOST_TEST(stack.argv() == "./b");
}

BOOST_AUTO_TEST_SUITE_END()
