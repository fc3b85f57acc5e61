// Rules 17 and 48 to 50: which files, which variables, which name.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

namespace {

constexpr const char* marked = "services: {a: {command: ";

// A folder of configuration files, each of which runs a command with its own name.
struct Files : Stack {
  Files(std::initializer_list<const char*> names) {
    options.project_name.reset();
    for (const char* name : names) folder.write(name, marked + std::string(name) + "}}\n");
  }
  std::string read() const {
    std::string names;
    for (const auto& file : load().project.files) {
      names += std::filesystem::path(file).lexically_relative(folder.path()).string() + " ";
    }
    return names;
  }
  std::string name() const { return load().project.name; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(discovery)

// rule 50: which files are found, and their overrides
BOOST_AUTO_TEST_CASE(rule_50_order_of_names) {
  BOOST_TEST(Files({"consort.yml", "consort.yaml"}).read() == "consort.yaml ");
  BOOST_TEST(Files({"compose.yaml", "consort.yml"}).read() == "consort.yml ");
  BOOST_TEST(Files({"compose.yml", "compose.yaml"}).read() == "compose.yaml ");
  BOOST_TEST(Files({"docker-compose.yaml", "docker-compose.yml"}).read() == "docker-compose.yml ");
}

BOOST_AUTO_TEST_CASE(rule_50_a_second_candidate_is_noted) {
  BOOST_TEST(Files({"compose.yml", "compose.yaml"}).warnings() ==
             "compose.yml is not read: compose.yaml is there too and comes first");
}

BOOST_AUTO_TEST_CASE(rule_50_parents_are_searched) {
  Files files({"compose.yaml"});
  files.folder.write("deep/er/file", "");
  files.options.cwd = files.folder.path() / "deep/er";
  const auto project = files.load().project;
  BOOST_TEST(project.directory == files.folder.path().string());
}

BOOST_AUTO_TEST_CASE(rule_50_overrides_join) {
  BOOST_TEST(Files({"compose.yaml", "compose.override.yaml", "docker-compose.override.yml",
                    "consort.override.yaml"})
                 .read() == "compose.yaml compose.override.yaml consort.override.yaml ");
  BOOST_TEST(Files({"consort.yaml", "compose.override.yaml", "consort.override.yml"}).read() ==
             "consort.yaml consort.override.yml ");
}

BOOST_AUTO_TEST_CASE(rule_50_named_files_have_no_overrides) {
  Files files({"compose.yaml", "consort.override.yaml", "other.yaml"});
  files.options.files = {"other.yaml", "compose.yaml"};
  BOOST_TEST(files.read() == "other.yaml compose.yaml ");
}

BOOST_AUTO_TEST_CASE(nothing_found_names_what_was_sought) {
  Files files({});
  BOOST_TEST(files.errors() ==
             "cannot find a configuration file in " + files.folder.path().string() +
                 " or a folder above it (sought: consort.yaml, consort.yml, compose.yaml, "
                 "compose.yml, docker-compose.yml, docker-compose.yaml; or name one with -f)");
}

BOOST_AUTO_TEST_CASE(a_named_file_that_is_not_there_is_an_error) {
  Files files({});
  files.options.files = {"none.yaml"};
  BOOST_TEST(files.errors() == "cannot read " + (files.folder.path() / "none.yaml").string() +
                                   ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(compose_file_names_the_files) {
  Files files({"a.yaml", "b.yaml", "compose.yaml"});
  files.options.environment = {{"COMPOSE_FILE", "b.yaml:a.yaml"}};
  BOOST_TEST(files.read() == "b.yaml a.yaml ");
  files.options.environment = {{"COMPOSE_FILE", "b.yaml;a.yaml"}, {"COMPOSE_PATH_SEPARATOR", ";"}};
  BOOST_TEST(files.read() == "b.yaml a.yaml ");
}

BOOST_AUTO_TEST_CASE(compose_file_works_from_a_dotenv_file) {
  Files files({"a.yaml", "b.yaml"});
  files.folder.write(".env", "COMPOSE_FILE=a.yaml:b.yaml\nCOMPOSE_PROJECT_NAME=fromenv\n");
  BOOST_TEST(files.read() == "a.yaml b.yaml ");
  BOOST_TEST(files.name() == "fromenv");
}

// rule 17: relative paths start at the first file's folder
BOOST_AUTO_TEST_CASE(rule_17_paths_start_at_the_first_file) {
  Files files({});
  files.folder.write("one/base.yaml", "services: {a: {command: a, env_file: my.env}}");
  files.folder.write("two/over.yaml", "services: {a: {working_dir: sub}}");
  files.folder.write("one/my.env", "X=1");
  files.options.files = {"one/base.yaml", "two/over.yaml"};
  const auto a = files.service("a");
  BOOST_TEST(a.environment.at("X") == "1");
  BOOST_TEST(a.working_dir == (files.folder.path() / "one/sub").string());
  files.options.project_directory = "two";
  files.folder.write("two/my.env", "X=2");
  BOOST_TEST(files.service("a").environment.at("X") == "2");
}

// rule 48: -p, COMPOSE_PROJECT_NAME, name:, the folder
BOOST_AUTO_TEST_CASE(rule_48_precedence_of_names) {
  Files files({});
  files.folder.write("My-App_1/consort.yaml", "services: {a: {command: a}}");
  files.options.files = {"My-App_1/consort.yaml"};
  BOOST_TEST(files.name() == "my-app_1");
  files.folder.write("My-App_1/consort.yaml", "name: In File$X\nservices: {a: {command: a}}");
  files.options.environment = {{"X", "!9"}};
  BOOST_TEST(files.name() == "infile9");
  files.options.environment["COMPOSE_PROJECT_NAME"] = "env-name";
  BOOST_TEST(files.name() == "env-name");
  files.options.project_name = "flag";
  BOOST_TEST(files.name() == "flag");
}

BOOST_AUTO_TEST_CASE(rule_48_a_given_name_must_be_right_as_it_is) {
  Files files({"consort.yaml"});
  files.options.project_name = "My App";
  BOOST_TEST(files.errors() ==
             "cannot name the project \"My App\": a name has lower-case letters, digits, _ and -, "
             "and starts with a letter or a digit (for example \"myapp\")");
}

BOOST_AUTO_TEST_CASE(rule_48_the_name_is_a_variable) {
  Stack stack("services: {a: {command: [run, $COMPOSE_PROJECT_NAME]}}");
  BOOST_TEST(joined(stack.service("a").argv) == "run|test");
}

// rule 49: the environment, then .env, or --env-file instead
BOOST_AUTO_TEST_CASE(rule_49_precedence_of_variables) {
  Stack stack;
  stack.folder.write("project/consort.yaml", "services: {a: {command: [\"$A\", \"$B\", \"$C\"]}}");
  stack.folder.write("project/.env", "A=project\nB=project\nC=project\n");
  stack.folder.write("project/sub/.env", "A=cwd\nB=cwd\n");
  stack.options.cwd = stack.folder.path() / "project/sub";
  stack.options.environment = {{"A", "os"}};
  BOOST_TEST(joined(stack.service("a").argv) == "os|cwd|project");
}

BOOST_AUTO_TEST_CASE(rule_49_env_file_flags_replace_dotenv_and_the_last_wins) {
  Stack stack("services: {a: {command: [\"$A\", \"$B\", \"${C:-none}\"]}}");
  stack.folder.write(".env", "A=dotenv\nB=dotenv\nC=dotenv\n");
  stack.folder.write("one.env", "A=one\nB=one\n");
  stack.folder.write("two.env", "A=two\n");
  stack.options.env_files = {"one.env", "two.env"};
  BOOST_TEST(joined(stack.service("a").argv) == "two|one|none");
  stack.options.env_files.clear();
  stack.options.environment = {{"COMPOSE_ENV_FILES", "two.env,one.env"}};
  BOOST_TEST(joined(stack.service("a").argv) == "one|one|none");
}

BOOST_AUTO_TEST_CASE(rule_49_dotenv_can_be_switched_off) {
  Stack stack("services: {a: {command: [\"${A:-none}\"]}}");
  stack.folder.write(".env", "A=dotenv\n");
  BOOST_TEST(joined(stack.service("a").argv) == "dotenv");
  stack.options.environment = {{"COMPOSE_DISABLE_ENV_FILE", "1"}};
  BOOST_TEST(joined(stack.service("a").argv) == "none");
}

BOOST_AUTO_TEST_CASE(a_missing_env_file_flag_is_an_error) {
  Stack stack("services: {a: {command: a}}");
  stack.options.env_files = {"none.env"};
  BOOST_TEST(stack.errors() == "cannot read " + (stack.folder.path() / "none.env").string() +
                                   ": No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
