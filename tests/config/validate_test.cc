// What services say of each other.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

BOOST_AUTO_TEST_SUITE(validate)

// rule 32: short forms, the long form's condition, what is implied
BOOST_AUTO_TEST_CASE(rule_32_forms_of_depends_on) {
  Stack stack(
      "services:\n"
      "  a: {command: a, depends_on: [b]}\n"
      "  b: {command: b, depends_on: {c: {condition: service_completed_successfully, restart: "
      "true}}}\n"
      "  c: {command: c}\n");
  const auto services = stack.load().project.services;
  const auto& b = services.at("a").depends_on.at("b");
  BOOST_TEST((b.condition == model::Condition::started && b.required && !b.restart));
  BOOST_TEST(b.where.line == 2);
  BOOST_TEST(b.where.column == 32);
  const auto& c = services.at("b").depends_on.at("c");
  BOOST_TEST((c.condition == model::Condition::completed_successfully && c.restart));
  BOOST_TEST(spec(services.at("a"), "depends_on") ==
             R"({"b":{"condition":"service_started","required":true}})");
}

BOOST_AUTO_TEST_CASE(rule_32_the_long_form_needs_a_condition) {
  Stack stack(
      "services:\n  a:\n    command: a\n    depends_on: {b: {required: true}}\n  b: {command: "
      "b}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:21: cannot read services.a.depends_on.b: condition is missing "
             "(accepted: service_started, service_healthy, service_completed_successfully)");
}

BOOST_AUTO_TEST_CASE(rule_32_a_container_waits_for_what_it_shares) {
  Stack stack(
      "services:\n"
      "  a: {image: i, links: ['b:alias'], network_mode: 'service:c', volumes_from: ['d:ro']}\n"
      "  b: {image: i}\n  c: {image: i}\n  d: {image: i}\n");
  const auto links = stack.service("a").depends_on;
  BOOST_REQUIRE(links.size() == 3u);
  BOOST_TEST(links.at("b").restart);
  BOOST_TEST(links.at("c").restart);
  BOOST_TEST(!links.at("d").restart);
}

BOOST_AUTO_TEST_CASE(a_container_shares_only_with_a_container) {
  for (const std::string key : {"network_mode: 'service:b'", "pid: 'service:b'", "ipc: 'service:b'",
                                "volumes_from: [b]", "links: ['b:alias']"}) {
    const std::string a = "services:\n  a:\n    image: i\n    " + key + "\n";
    Stack mixed(a + "  b: {command: b}\n");
    BOOST_TEST(mixed.errors() ==
               "consort.yaml:4:5: cannot read services.a." + key.substr(0, key.find(':')) +
                   ": service \"b\" is no container but a service of the runtime "
                   "process (consort.yaml:5:3), so there is nothing of it to share");
    Stack containers(a + "  b: {image: i}\n");
    BOOST_TEST(containers.load().project.services.size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_condition) {
  Stack stack(
      "services:\n  a:\n    command: a\n    depends_on: {b: {condition: healthy}}\n  b: {command: "
      "b}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:33: cannot read services.a.depends_on.b.condition: \"healthy\" is not "
             "a condition (accepted: service_started, service_healthy, "
             "service_completed_successfully) (did you mean \"service_healthy\"?)");
}

BOOST_AUTO_TEST_CASE(a_missing_dependency_is_suggested) {
  Stack stack(
      "services:\n  web:\n    command: a\n    depends_on:\n      - postgre\n  postgres: {command: "
      "b}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:5:9: cannot read services.web.depends_on.postgre: there is no service "
             "\"postgre\" (did you mean \"postgres\"?)");
}

// rule 33: service_healthy needs a health check
BOOST_AUTO_TEST_CASE(rule_33_healthy_needs_a_healthcheck) {
  Stack stack(
      "services:\n  a:\n    command: a\n    depends_on: {b: {condition: service_healthy}}\n"
      "  b: {command: b}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:18: cannot read services.a.depends_on.b: service \"b\" has no "
             "healthcheck, it can never be healthy");
}

BOOST_AUTO_TEST_CASE(rule_33_a_disabled_healthcheck_is_none_and_an_image_may_have_one) {
  Stack stack(
      "services:\n  a:\n    command: a\n    depends_on: {b: {condition: service_healthy}}\n"
      "  b: {image: i, healthcheck: {disable: true}}\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:18: cannot read services.a.depends_on.b: service \"b\" has its "
             "health check disabled, it can never be healthy");
  Stack image(
      "services: {a: {command: a, depends_on: {b: {condition: service_healthy}}}, b: {image: i}}");
  BOOST_TEST(image.load().project.services.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_port_published_twice) {
  Stack stack(
      "services:\n  b:\n    command: b\n    ports: ['80:80']\n"
      "  a:\n    command: a\n    ports: ['127.0.0.1:80:8080', '80:80/udp']\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:7:13: cannot publish port 80/tcp of service a: service b publishes it "
             "at consort.yaml:4:13");
}

BOOST_AUTO_TEST_CASE(a_port_on_other_addresses_is_another_port) {
  Stack stack(
      "services: {a: {command: a, ports: ['127.0.0.1:80:80']}, b: {command: b, ports: "
      "['127.0.0.2:80:80']}}");
  BOOST_TEST(stack.load().project.services.size() == 2u);
}

BOOST_AUTO_TEST_CASE(replicas_cannot_share_a_port) {
  Stack stack("services:\n  a:\n    command: a\n    replicas: 2\n    ports: ['80:80']\n");
  BOOST_TEST(stack.errors() ==
             "consort.yaml:5:13: cannot publish port 80 of service a: its 2 replicas cannot share "
             "it (give the service's port alone, or a range)");
  Stack range("services: {a: {command: a, replicas: 2, ports: ['80-81:80', 90]}}");
  BOOST_TEST(range.service("a").replicas == 2u);
}

BOOST_AUTO_TEST_CASE(a_service_must_run_something) {
  BOOST_TEST(Stack("services:\n  a:\n").errors() ==
             "consort.yaml:2:3: cannot run service a: neither binary nor command, image or build");
  BOOST_TEST(Stack("services: {a: {runtime: docker, command: x}}").errors() ==
             "consort.yaml:1:12: cannot run service a as a container: neither image nor build");
  BOOST_TEST(Stack("services: {a: {args: [x]}}").errors() ==
             "consort.yaml:1:16: cannot read services.a.args: there is no binary to give them to");
}

BOOST_AUTO_TEST_SUITE_END()
