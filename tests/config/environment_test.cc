// Rules 43 to 46: a service's environment.
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config::test;

namespace {

std::string environment(const Stack& stack) {
  std::string all;
  for (const auto& [name, value] : stack.service("a").environment) {
    all += name + "=" + value + ";";
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(environment_)

BOOST_AUTO_TEST_CASE(both_forms_are_read_as_text) {
  BOOST_TEST(
      environment(Stack("services: {a: {command: a, env: {A: 1, B: true, C: 'x y', D: 1.50}}}")) ==
      "A=1;B=true;C=x y;D=1.5;");
  BOOST_TEST(environment(Stack("services: {a: {command: a, env: [A=1, B=b=c, C=]}}")) ==
             "A=1;B=b=c;C=;");
}

BOOST_AUTO_TEST_CASE(rule_43_bare_names_come_from_the_environment) {
  Stack stack("services: {a: {command: a, env: {A: , B: }}, b: {command: b, env: [A, B]}}");
  stack.options.environment = {{"A", "outside"}};
  BOOST_TEST(environment(stack) == "A=outside;");
  BOOST_TEST(spec(stack.service("b"), "environment") == R"({"A":"outside","B":null})");
}

// rule 44: later files win, environment wins over all
BOOST_AUTO_TEST_CASE(rule_44_later_files_win_and_environment_wins_over_all) {
  Stack stack(
      "services: {a: {command: a, env_file: [one.env, two.env], env: {C: in file, D: ''}}}");
  stack.folder.write("one.env", "A=1\nB=1\nC=1\nD=1\n");
  stack.folder.write("two.env", "B=2\nE=${A}-${C}-$OS\n");
  stack.options.environment = {{"OS", "os"}};
  BOOST_TEST(environment(stack) == "A=1;B=2;C=in file;D=;E=1-1-os;");
}

// rule 45: path, required and format
BOOST_AUTO_TEST_CASE(rule_45_forms_of_env_file) {
  Stack stack("services: {a: {command: a, env_file: one.env}}");
  stack.folder.write("one.env", "A=\"x\" # note\n");
  BOOST_TEST(environment(stack) == "A=x;");
  stack.folder.write("consort.yaml",
                     "services: {a: {command: a, env_file: [{path: ./one.env, format: raw}, {path: "
                     "none, required: false}]}}");
  BOOST_TEST(environment(stack) == "A=\"x\" # note;");
}

// rule 46: .env is for variables only
BOOST_AUTO_TEST_CASE(rule_46_dotenv_is_not_given_to_services) {
  Stack stack("services: {a: {command: a, env: [B]}}");
  stack.folder.write(".env", "A=1\nB=2\n");
  BOOST_TEST(environment(stack) == "B=2;");
}

BOOST_AUTO_TEST_CASE(a_missing_env_file_is_an_error_at_its_place) {
  Stack stack("services:\n  a:\n    command: a\n    env_file:\n      - none.env\n");
  BOOST_TEST(stack.errors() == "consort.yaml:5:9: cannot use services.a.env_file[0]: cannot read " +
                                   (stack.folder.path() / "none.env").string() +
                                   ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(an_unreadable_env_file_is_an_error_even_where_it_is_optional) {
  Stack stack("services:\n  a:\n    command: a\n    env_file: [{path: folder, required: false}]\n");
  stack.folder.write("folder/x", "");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:23: cannot use services.a.env_file[0]: cannot read " +
                 (stack.folder.path() / "folder").string() + ": Is a directory");
}

BOOST_AUTO_TEST_CASE(an_error_inside_an_env_file_stands_in_that_file) {
  Stack stack("services: {a: {command: a, env_file: bad.env}}");
  stack.folder.write("bad.env", "A=1\nB='open\n");
  BOOST_TEST(stack.errors() ==
             "bad.env:2:1: cannot read the environment file: the quote of B is not closed");
}

BOOST_AUTO_TEST_SUITE_END()
