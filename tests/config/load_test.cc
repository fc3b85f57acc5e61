#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(a_process_is_read_whole) {
  Stack stack(R"(
services:
  web:
    binary: ./bin/web
    args: [--port, "8080"]
    env: {MODE: fast}
    user: 1000
    umask: 022
    ulimits: {nofile: 1024, nproc: {soft: 1, hard: 2}, core: 0, stack: {soft: 0, hard: -1}}
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    stdin: true
    tty: true
    replicas: 2
)");
  const auto web = stack.service("web");
  BOOST_TEST(web.runtime == "process");
  BOOST_TEST(joined(web.argv) == "./bin/web|--port|8080");
  BOOST_TEST(web.environment.at("MODE") == "fast");
  BOOST_TEST(web.working_dir == stack.folder.path().string());
  BOOST_TEST(web.stop_signal.value() == "SIGINT");
  BOOST_TEST((web.stop_grace_period == std::chrono::seconds(90)));
  BOOST_TEST(web.stdin_open);
  BOOST_TEST(web.tty);
  BOOST_TEST(web.replicas == 2u);
  BOOST_TEST(web.where.file == "consort.yaml");
  BOOST_TEST(web.where.line == 3);
  BOOST_TEST(web.where.column == 3);
  BOOST_TEST(spec(web, "user") == R"("1000")");
  BOOST_TEST(spec(web, "umask") == R"("0022")");
  BOOST_TEST(
      spec(web, "ulimits") ==
      R"({"core":0,"nofile":1024,"nproc":{"soft":1,"hard":2},"stack":{"soft":0,"hard":-1}})");
  BOOST_TEST(spec(web, "environment") == R"({"MODE":"fast"})");
  BOOST_TEST(spec(web, "stop_grace_period") == R"("1m30s")");
}

BOOST_AUTO_TEST_CASE(the_project_knows_its_files_and_folder) {
  Stack stack("services: {web: {command: sleep 1}}");
  stack.folder.write("consort.override.yaml", "services: {web: {umask: 7}}");
  const auto project = stack.load().project;
  BOOST_TEST(project.name == "test");
  BOOST_TEST(project.directory == stack.folder.path().string());
  BOOST_REQUIRE(project.files.size() == 2u);
  BOOST_TEST(project.files[0] == (stack.folder.path() / "consort.yaml").string());
  BOOST_TEST(project.files[1] == (stack.folder.path() / "consort.override.yaml").string());
}

BOOST_AUTO_TEST_CASE(an_empty_working_directory_is_the_runtimes_for_a_container) {
  Stack stack("services: {web: {image: nginx}}");
  const auto web = stack.service("web");
  BOOST_TEST(web.runtime == "container");
  BOOST_TEST(web.working_dir == "");
  BOOST_TEST(web.argv.empty());
}

BOOST_AUTO_TEST_CASE(a_relative_working_directory_starts_in_the_project) {
  Stack stack("services: {web: {command: ls, working_dir: ./data/}}");
  BOOST_TEST(stack.service("web").working_dir == (stack.folder.path() / "data").string());
}

BOOST_AUTO_TEST_CASE(several_documents_of_one_file_are_merged_in_order) {
  Stack stack("services: {web: {command: one}}\n---\nservices: {web: {command: two}}\n");
  BOOST_TEST(joined(stack.service("web").argv) == "two");
}

BOOST_AUTO_TEST_CASE(compose_keys_that_the_core_does_not_read_are_kept) {
  Stack stack(
      "services: {web: {image: nginx, volumes: ['./a:/b:ro'], networks: [front], x-note: {a: 1}}}\n"
      "networks: {front: {driver: bridge}}\nx-top: 1\n");
  const auto loaded = stack.load();
  const auto& web = loaded.project.services.at("web");
  const std::string source = (stack.folder.path() / "a").string();
  BOOST_TEST(spec(web, "volumes") ==
             R"([{"type":"bind","source":")" + source +
                 R"(","target":"/b","read_only":true,"bind":{"create_host_path":true}}])");
  BOOST_TEST(spec(web, "networks") == R"({"front":null})");
  BOOST_TEST(spec(web, "x-note") == "-");
  BOOST_TEST(loaded.project.resources.contains("networks"));
}

BOOST_AUTO_TEST_SUITE_END()
