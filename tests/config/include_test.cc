// Rule 16: files that include other projects.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

namespace {

struct Including : Stack {
  explicit Including(std::string_view main) : Stack(main) {}
  Including& file(const std::string& name, std::string_view text) {
    folder.write(name, text);
    return *this;
  }
  std::string argv(const std::string& name) const { return joined(service(name).argv); }
  std::string path(const char* below) const { return (folder.path() / below).string(); }
};

constexpr const char* sub = "include: [sub/compose.yaml]\nservices: {main: {command: [m]}}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(include)

// rule 16: include has a project directory and a .env of its own
BOOST_AUTO_TEST_CASE(rule_16_services_and_resources_join) {
  Including stack(sub);
  stack.file("sub/compose.yaml",
             "services: {a: {image: i, volumes: ['data:/data']}}\nvolumes: {data: {}}\n");
  const auto loaded = stack.load();
  BOOST_TEST(loaded.project.services.size() == 2u);
  BOOST_TEST(loaded.project.name == "test");
}

BOOST_AUTO_TEST_CASE(rule_16_paths_start_at_the_included_file) {
  Including stack(sub);
  stack.file("sub/compose.yaml", "services: {a: {image: i, build: ., env_file: a.env}}")
      .file("sub/a.env", "X=1");
  const auto a = stack.service("a");
  BOOST_TEST(a.spec.at("build").at("context").as_string() == stack.path("sub"));
  BOOST_TEST(a.environment.at("X") == "1");
}

BOOST_AUTO_TEST_CASE(rule_16_an_own_dotenv_and_the_outer_variables_win) {
  Including stack("include: [sub/compose.yaml]\nservices: {m: {command: [\"${INNER:-none}\"]}}\n");
  stack.file("sub/compose.yaml", "services: {a: {command: [\"$INNER\", \"$OUTER\", \"$OS\"]}}")
      .file("sub/.env", "INNER=sub\nOUTER=sub\nOS=sub\n")
      .file(".env", "OUTER=main\nOS=main\n");
  stack.options.environment = {{"OS", "os"}};
  BOOST_TEST(stack.argv("a") == "sub|main|os");
  BOOST_TEST(stack.argv("m") == "none");
}

BOOST_AUTO_TEST_CASE(rule_16_project_directory_and_env_file) {
  Including stack(
      "include:\n"
      "  - path: sub/compose.yaml\n"
      "    project_directory: base\n"
      "    env_file: [one.env, two.env]\n");
  stack.file("sub/compose.yaml", "services: {a: {image: i, build: x, command: [$A, $B]}}")
      .file("one.env", "A=1\nB=1\n")
      .file("two.env", "B=2\n")
      .file("base/.env", "A=unread\n");
  BOOST_TEST(stack.argv("a") == "1|2");
  BOOST_TEST(stack.service("a").spec.at("build").at("context").as_string() == stack.path("base/x"));
}

BOOST_AUTO_TEST_CASE(rule_16_env_file_can_be_none) {
  Including stack("include: [{path: sub/compose.yaml, env_file: /dev/null}]\n");
  stack.file("sub/compose.yaml", "services: {a: {command: [\"${A:-none}\"]}}")
      .file("sub/.env", "A=unread\n");
  BOOST_TEST(stack.argv("a") == "none");
}

BOOST_AUTO_TEST_CASE(rule_16_a_list_of_paths_is_merged) {
  Including stack("include: [{path: [sub/compose.yaml, over.yaml]}]\n");
  stack.file("sub/compose.yaml", "services: {a: {command: [one], environment: {A: 1}}}")
      .file("over.yaml", "services: {a: {command: [two], working_dir: x}}");
  BOOST_TEST(stack.argv("a") == "two");
  BOOST_TEST(stack.service("a").environment.at("A") == "1");
}

BOOST_AUTO_TEST_CASE(rule_16_included_files_include_and_extend) {
  Including stack(sub);
  stack
      .file("sub/compose.yaml",
            "include: [deeper/compose.yaml]\n"
            "services: {a: {extends: {file: base.yaml, service: b}}}\n")
      .file("sub/base.yaml", "services: {b: {command: [b], env_file: b.env}}")
      .file("sub/b.env", "B=1")
      .file("sub/deeper/compose.yaml", "services: {c: {command: [\"$X\"]}}")
      .file("sub/deeper/.env", "X=deep");
  BOOST_TEST(stack.argv("a") == "b");
  BOOST_TEST(stack.argv("c") == "deep");
  BOOST_TEST(stack.service("a").environment.at("B") == "1");
}

BOOST_AUTO_TEST_CASE(rule_16_the_same_definition_twice_is_one) {
  Including stack("include: [one/compose.yaml, two/compose.yaml]\n");
  for (const char* name : {"one", "two"}) {
    stack.file(std::string(name) + "/compose.yaml", "include: [../common.yaml]\n");
  }
  stack.file("common.yaml", "services: {a: {image: i, build: ./x}}");
  BOOST_TEST(stack.load().project.services.size() == 1u);
}

BOOST_AUTO_TEST_CASE(rule_16_two_definitions_of_a_name_are_an_error) {
  Including stack("include: [sub/compose.yaml]\nservices: {a: {command: [main]}}\n");
  stack.file("sub/compose.yaml", "services: {a: {command: [sub]}}");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:2:12: cannot include services.a of sub/compose.yaml:1:12: this file "
             "defines it differently");
}

BOOST_AUTO_TEST_CASE(rule_16_a_later_file_may_change_what_is_included) {
  Including stack(sub);
  stack.file("sub/compose.yaml", "services: {a: {command: [sub], environment: {A: 1}}}")
      .file("consort.override.yaml", "services: {a: {command: [over]}}");
  BOOST_TEST(stack.argv("a") == "over");
  BOOST_TEST(stack.service("a").environment.at("A") == "1");
}

BOOST_AUTO_TEST_CASE(rule_16_a_bare_variable_takes_the_included_value) {
  Including stack(sub);
  stack.file("sub/compose.yaml", "services: {a: {command: [a], environment: [A]}}")
      .file("sub/.env", "A=sub");
  BOOST_TEST(stack.service("a").environment.at("A") == "sub");
}

BOOST_AUTO_TEST_CASE(rule_16_a_circle_is_an_error_that_shows_it) {
  Including stack(sub);
  stack.file("sub/compose.yaml", "include: [../other.yaml]\nservices: {a: {command: [a]}}\n")
      .file("other.yaml", "include: [sub/compose.yaml]\nservices: {b: {command: [b]}}\n");
  BOOST_TEST(stack.errors() ==
             "other.yaml:1:11: cannot include \"sub/compose.yaml\": files include each other in a "
             "circle: sub/compose.yaml -> other.yaml -> sub/compose.yaml");
}

BOOST_AUTO_TEST_CASE(rule_16_a_file_that_includes_itself_is_an_error) {
  BOOST_TEST(Including("include: [consort.yaml]\n").errors() ==
             "consort.yaml:1:11: cannot include \"consort.yaml\": files include each other in a "
             "circle: consort.yaml -> consort.yaml");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_included_is_named_with_its_place) {
  Including stack("include: [none.yaml, {project_directory: x}, [1], {path: a, env: b}]\n");
  stack.file("a", "services: {a: {command: [x]}}");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:1:11: cannot include \"none.yaml\": cannot read " +
                 stack.path("none.yaml") +
                 ": No such file or directory\n"
                 "consort.yaml:1:22: cannot read include[1]: path is missing\n"
                 "consort.yaml:1:46: cannot read include[2]: a list is not a file (accepted: "
                 "FILE, or {path: FILE})\n"
                 "consort.yaml:1:61: cannot read include[3]: unknown key \"env\"");
}

BOOST_AUTO_TEST_CASE(files_of_other_hosts_are_refused) {
  BOOST_TEST(Including("include: ['https://example.com/a.yaml']\n").errors() ==
             "consort.yaml:1:11: cannot include \"https://example.com/a.yaml\": files of other "
             "hosts are not read");
}

BOOST_AUTO_TEST_CASE(a_native_service_starts_in_the_project_that_it_comes_from) {
  Including stack(sub);
  stack
      .file("sub/compose.yaml",
            "include: [deep/compose.yaml]\nservices:\n  a: {command: [c]}\n"
            "  b: {command: [c], working_dir: ./b}\n  c: {command: [c], working_dir: /c}\n"
            "  d: {image: i, working_dir: d}\n")
      .file("sub/deep/compose.yaml", "services: {e: {command: [c], working_dir: ..}}");
  BOOST_TEST(stack.service("main").working_dir == stack.folder.path().string());
  BOOST_TEST(stack.service("a").working_dir == stack.path("sub"));
  BOOST_TEST(stack.service("b").working_dir == stack.path("sub/b"));
  BOOST_TEST(stack.service("c").working_dir == "/c");
  BOOST_TEST(stack.service("d").working_dir == "d");
  BOOST_TEST(stack.service("e").working_dir == stack.path("sub"));
}

BOOST_AUTO_TEST_CASE(a_native_service_starts_in_the_project_directory_of_its_include) {
  Including stack(
      "include: [{path: sub/compose.yaml, project_directory: other}]\n"
      "services: {main: {command: [m]}}\n");
  stack.file("sub/compose.yaml",
             "services: {a: {command: [c]}, b: {command: [c], working_dir: b}}");
  BOOST_TEST(stack.service("a").working_dir == stack.path("other"));
  BOOST_TEST(stack.service("b").working_dir == stack.path("other/b"));
}

BOOST_AUTO_TEST_SUITE_END()
