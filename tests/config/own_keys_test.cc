#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

BOOST_AUTO_TEST_SUITE(own_keys)

BOOST_AUTO_TEST_CASE(three_services_in_three_runtimes) {
  Stack stack(R"(services:
  graph-node:
    runtime: process
    binary: /usr/local/bin/graph-node
    env:
      POSTGRES_URL: "postgres://localhost:5432"
  postgres:
    runtime: container
    image: postgres:15
    volumes:
      - ./data:/var/lib/postgresql/data
  indexer-agent:
    runtime: remote
    host: 192.168.1.100
    binary: /opt/indexer/bin/indexer-agent
)");
  const auto project = stack.load().project;
  const auto& node = project.services.at("graph-node");
  BOOST_TEST(node.runtime == "process");
  BOOST_TEST(joined(node.argv) == "/usr/local/bin/graph-node");
  BOOST_TEST(node.environment.at("POSTGRES_URL") == "postgres://localhost:5432");
  const auto& postgres = project.services.at("postgres");
  BOOST_TEST(postgres.runtime == "container");
  BOOST_TEST(spec(postgres, "image") == R"("postgres:15")");
  BOOST_TEST(spec(postgres, "volumes") ==
             R"([{"type":"bind","source":")" + (stack.folder.path() / "data").string() +
                 R"(","target":"/var/lib/postgresql/data","bind":{"create_host_path":true}}])");
  const auto& agent = project.services.at("indexer-agent");
  BOOST_TEST(agent.runtime == "remote");
  BOOST_TEST(spec(agent, "host") == R"({"name":"192.168.1.100"})");
  BOOST_TEST(joined(agent.argv) == "/opt/indexer/bin/indexer-agent");
}

BOOST_AUTO_TEST_CASE(forms_of_host) {
  const auto host = [](const std::string& text) {
    return spec(Stack("services: {a: {command: c, host: " + text + "}}").service("a"), "host");
  };
  BOOST_TEST(host("build.example") == R"({"name":"build.example"})");
  BOOST_TEST(host("me@build:2222") == R"({"name":"build","user":"me","port":2222})");
  BOOST_TEST(host("'me@[::1]:22'") == R"({"name":"::1","user":"me","port":22})");
  BOOST_TEST(host("'fe80::1'") == R"({"name":"fe80::1"})");
  BOOST_TEST(host("{name: n, user: u, port: 22, identity_file: /k}") ==
             R"({"name":"n","user":"u","port":22,"identity_file":"/k"})");
}

BOOST_AUTO_TEST_CASE(a_key_file_starts_in_the_projects_folder) {
  Stack stack("services: {a: {command: c, host: {name: n, identity_file: keys/id}}}");
  BOOST_TEST(spec(stack.service("a"), "host") == R"({"name":"n","identity_file":")" +
                                                     (stack.folder.path() / "keys/id").string() +
                                                     R"("})");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_none) {
  BOOST_TEST(Stack("services:\n  a: {command: c, host: 'me@'}\n").errors() ==
             "consort.yaml:2:25: cannot read services.a.host: \"me@\" is not a host (accepted: "
             "[USER@]NAME[:PORT])");
  BOOST_TEST(Stack("services:\n  a: {command: c, host: 'n:0'}\n").errors() ==
             "consort.yaml:2:25: cannot read services.a.host: \"0\" is not a port (accepted: "
             "[USER@]NAME[:PORT])");
  BOOST_TEST(Stack("services:\n  a: {command: c, host: {user: u}}\n").errors() ==
             "consort.yaml:2:25: cannot read services.a.host: name is missing");
}

BOOST_AUTO_TEST_CASE(a_key_that_the_runtime_cannot_honour_is_a_warning_at_its_place) {
  Stack stack("services:\n  a:\n    command: c\n    cap_add: [X]\n    volumes: ['/a:/b']\n");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:4:5: services.a: these keys have no use in runtime process: cap_add "
             "(line 4): it runs with the rights of its user; volumes (line 5): it sees the files "
             "of its machine, nothing is mounted for it");
  BOOST_TEST(
      Stack("services:\n  a:\n    command: c\n    cpus: 1\n    mem_limit: 1g\n").warnings() ==
      "consort.yaml:4:5: services.a: these keys have no use in runtime process: cpus (line "
      "4), mem_limit (line 5): the runtime sets no such limit");
  BOOST_TEST(Stack("services:\n  a:\n    command: c\n    cap_add: [X]\n").warnings() ==
             "consort.yaml:4:5: services.a.cap_add: it has no use in runtime process: it runs with "
             "the rights of its user");
  BOOST_TEST(spec(stack.service("a"), "cap_add") == R"(["X"])");
}

BOOST_AUTO_TEST_CASE(it_is_an_error_where_one_is_strict) {
  Stack stack(
      "services:\n  a:\n    command: c\n    cap_add: [X]\n    image: i\n"
      "    runtime: process\n");
  stack.options.strict = true;
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:5: cannot use services.a.cap_add: it has no use in runtime process: "
             "it runs with the rights of its user");
}

BOOST_AUTO_TEST_CASE(what_goes_with_an_image_is_only_noted_on_a_moved_service) {
  Stack stack(
      "services:\n  a:\n    image: i\n    networks: [n]\n    runtime: process\n"
      "    command: c\nnetworks: {n: }\n");
  stack.options.strict = true;
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:2:3: services.a: keys \"image\", \"networks\" have no use in runtime "
             "process and are kept for when the service moves back");
}

BOOST_AUTO_TEST_CASE(it_is_a_warning_on_a_service_that_never_was_a_container) {
  Stack stack(
      "services:\n  a:\n    command: c\n    labels: [x=y]\n    attach: false\n"
      "    develop: {watch: [{path: ., action: rebuild}]}\n    expose: [80]\n");
  BOOST_TEST(
      stack.warnings() ==
      "consort.yaml:4:5: services.a: these keys have no use in runtime process: labels (line 4): "
      "what it starts has no labels and no name of its own; develop (line 6): its files are its "
      "own, nothing is copied or built for it; expose (line 7): it is in the network of its "
      "machine");
}

BOOST_AUTO_TEST_CASE(what_only_an_engine_does_of_deploy_is_a_warning) {
  Stack stack(
      "services:\n  a:\n    command: c\n    deploy:\n      replicas: 2\n"
      "      placement: {constraints: [x]}\n");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:6:7: services.a.deploy.placement: it has no use in runtime process: the "
             "runtime does not know it");
}

BOOST_AUTO_TEST_CASE(a_process_is_in_no_network_and_builds_nothing) {
  const auto a =
      Stack("services: {a: {command: c, build: {context: .}, runtime: process}}").service("a");
  BOOST_TEST(spec(a, "networks") == "-");
  BOOST_TEST(spec(a, "build").find("dockerfile") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(outside_a_container_a_number_is_a_text) {
  const auto a = Stack("services: {a: {command: [sleep, 5], user: 1000}}").service("a");
  BOOST_TEST(joined(a.argv) == "sleep|5");
  BOOST_TEST(spec(a, "user") == R"("1000")");
  BOOST_TEST(Stack("services:\n  a: {image: i, user: 1000}\n").errors() ==
             "consort.yaml:2:23: cannot read services.a.user: 1000 is a number, not a text "
             "(accepted: \"1000\", in quotes)");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_service_that_is_not_enabled_is_not_told) {
  Stack stack(
      "services: {a: {image: i}, b: {image: i, profiles: [x], volumes: ['none:/x'], "
      "env_file: none}}");
  BOOST_TEST(stack.load().project.disabled.size() == 1u);
}

BOOST_AUTO_TEST_CASE(references_are_told_with_what_is_near) {
  BOOST_TEST(
      Stack("services:\n  a: {image: i, volumes: ['dta:/x']}\nvolumes: {data: }\n").errors() ==
      "consort.yaml:2:27: cannot read services.a.volumes[0]: there is no volume \"dta\" (did "
      "you mean \"data\"?) (define it under volumes: at the top level)");
}

BOOST_AUTO_TEST_CASE(rule_32_services_that_wait_for_each_other) {
  BOOST_TEST(Stack("services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, links: [a]}\n")
                 .errors() ==
             "consort.yaml:3:25: cannot read services.b.depends_on.a: the services wait for each "
             "other: a -> b -> a");
}

// rule 23: two mounts on one target
BOOST_AUTO_TEST_CASE(rule_23_two_mounts_on_one_target_are_one) {
  const auto a = Stack("services: {a: {image: i, volumes: ['/a:/x', '/b:/x/']}}").service("a");
  BOOST_TEST(spec(a, "volumes") ==
             R"([{"type":"bind","source":"/b","target":"/x","bind":{"create_host_path":true}}])");
}

BOOST_AUTO_TEST_CASE(only_resources_that_are_used_are_kept) {
  const auto resources =
      Stack("services: {a: {image: i, networks: [n]}}\nnetworks: {n: , m: }\nvolumes: {v: }\n")
          .load()
          .project.resources;
  BOOST_TEST(resources.size() == 1u);
  BOOST_TEST(resources.at("networks").as_object().size() == 1u);
  BOOST_TEST(resources.at("networks").at("n").at("name") == "test_n");
}

BOOST_AUTO_TEST_SUITE_END()
