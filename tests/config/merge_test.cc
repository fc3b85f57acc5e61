// Rules 8 to 14 of Compose's merge, and Consort's own.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

namespace {

// The service "a" of two files. Both give the inside of its mapping, in flow style.
struct Two : Stack {
  Two(const std::string& base, const std::string& over) {
    folder.write("consort.yaml", "services: {a: {" + base + "}}\n");
    folder.write("consort.override.yaml", "services: {a: {" + over + "}}\n");
  }
  std::string key(std::string_view name) const { return spec(service("a"), name); }
  std::string argv() const { return joined(service("a").argv); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(merge)

// rule 8: maps merge by key, lists are appended
BOOST_AUTO_TEST_CASE(rule_8_maps_by_key_and_lists_appended) {
  Two two("image: i, logging: {options: {a: 1, b: 2}}, security_opt: [one]",
          "logging: {options: {b: 3}}, security_opt: [two]");
  BOOST_TEST(two.key("logging") == R"({"options":{"a":"1","b":"3"}})");
  BOOST_TEST(two.key("security_opt") == R"(["one","two"])");
}

// rule 9: command, entrypoint and healthcheck.test are replaced, by null too
BOOST_AUTO_TEST_CASE(rule_9_commands_and_tests_are_replaced) {
  BOOST_TEST(Two("command: [a, b], entrypoint: [x]", "command: [c]").argv() == "x|c");
  Two test("command: a, healthcheck: {test: [CMD, one], interval: 1s}",
           "healthcheck: {test: [CMD, two]}");
  BOOST_TEST(test.key("healthcheck") == R"({"test":["CMD","two"],"interval":"1s"})");
}

BOOST_AUTO_TEST_CASE(rule_9_null_replaces_a_command_and_keeps_other_keys) {
  Two two("image: i, command: a, user: u", "command: null, user: null");
  BOOST_TEST(two.argv() == "");
  BOOST_TEST(two.key("command") == "null");
  BOOST_TEST(two.key("user") == R"("u")");
}

// rule 10: lists of NAME=value merge by name, in the first place
BOOST_AUTO_TEST_CASE(rule_10_list_or_map_merges_by_name_and_keeps_the_first_place) {
  Two two("command: a, labels: [x=1, y=2]", "labels: {x: 3, z: 4}");
  BOOST_TEST(two.key("labels") == R"({"x":"3","y":"2","z":"4"})");
  Two env("command: a, environment: {A: 1, B: 2}", "environment: [B=3, C=4]");
  BOOST_TEST(env.key("environment") == R"({"A":"1","B":"3","C":"4"})");
}

BOOST_AUTO_TEST_CASE(rule_10_a_bare_name_replaces_a_value) {
  Two two("command: a, environment: {A: 1}", "environment: [A]");
  BOOST_TEST(two.key("environment") == R"({"A":null})");
}

BOOST_AUTO_TEST_CASE(rule_10_extra_hosts_drop_only_equal_entries) {
  Two two("image: i, extra_hosts: ['a=1.1.1.1', 'b=2.2.2.2']",
          "extra_hosts: ['a=1.1.1.1', 'a=3.3.3.3']");
  BOOST_TEST(two.key("extra_hosts") == R"(["a=1.1.1.1","a=3.3.3.3","b=2.2.2.2"])");
}

// rule 11: keys of lists: mounts by target, ports by four parts, others by value
BOOST_AUTO_TEST_CASE(rule_11_mounts_are_unique_by_target) {
  Two two("image: i, volumes: ['/a:/data', /x]",
          "volumes: [{type: bind, source: /b, target: /data}, '/c:/y:ro']");
  BOOST_TEST(two.key("volumes") ==
             R"([{"type":"bind","source":"/b","target":"/data"},{"type":"volume","target":"/x"},)"
             R"({"type":"bind","source":"/c","target":"/y","read_only":true,)"
             R"("bind":{"create_host_path":true}}])");
}

BOOST_AUTO_TEST_CASE(rule_11_ports_with_another_published_port_are_added) {
  Two two("image: i, ports: ['8080:80']", "ports: ['8080:80/tcp', '8081:80']");
  const auto ports = two.service("a").ports;
  BOOST_REQUIRE(ports.size() == 2u);
  BOOST_TEST(ports[0].published == 8080);
  BOOST_TEST(ports[0].where.file == "consort.override.yaml");
  BOOST_TEST(ports[1].published == 8081);
}

BOOST_AUTO_TEST_CASE(rule_11_plain_values_are_unique) {
  Two two("image: i, dns: 1.1.1.1, cap_add: [A, B]", "dns: [1.1.1.1, 2.2.2.2], cap_add: [B, C]");
  BOOST_TEST(two.key("dns") == R"(["1.1.1.1","2.2.2.2"])");
  BOOST_TEST(two.key("cap_add") == R"(["A","B","C"])");
}

// rule 12: short and long forms of depends_on and networks mix
BOOST_AUTO_TEST_CASE(rule_12_short_and_long_forms_of_depends_on_mix) {
  Stack stack;
  stack.folder.write("consort.yaml",
                     "services: {a: {command: a, depends_on: [b, c]}, b: {command: b, healthcheck: "
                     "{test: x}}, c: {command: c}}");
  stack.folder.write("consort.override.yaml",
                     "services: {a: {depends_on: {b: {condition: service_healthy}}}}");
  const auto links = stack.service("a").depends_on;
  BOOST_TEST((links.at("b").condition == model::Condition::healthy));
  BOOST_TEST((links.at("c").condition == model::Condition::started));
}

// rule 13: logging merges for one driver only; a text of build is its context
BOOST_AUTO_TEST_CASE(rule_13_logging_of_another_driver_is_replaced) {
  Two two("image: i, logging: {driver: a, options: {x: y}}", "logging: {driver: b}");
  BOOST_TEST(two.key("logging") == R"({"driver":"b"})");
}

BOOST_AUTO_TEST_CASE(rule_13_a_build_text_is_its_context) {
  Two two("build: /dir", "build: {target: dev}");
  BOOST_TEST(two.key("build") == R"({"context":"/dir","target":"dev","dockerfile":"Dockerfile"})");
}

// rule 14: !reset removes, !override replaces
BOOST_AUTO_TEST_CASE(rule_14_reset_removes) {
  Two two("image: i, ports: ['80:80'], environment: {A: 1, B: 2}",
          "ports: !reset [], environment: {A: !reset null}, user: !reset x");
  BOOST_TEST(two.key("ports") == "-");
  BOOST_TEST(two.key("user") == "-");
  BOOST_TEST(two.key("environment") == R"({"B":"2"})");
}

BOOST_AUTO_TEST_CASE(rule_14_override_replaces) {
  Two two("image: i, environment: {A: 1}, security_opt: [a]",
          "environment: !override {B: 2}, security_opt: !override [b]");
  BOOST_TEST(two.key("environment") == R"({"B":"2"})");
  BOOST_TEST(two.key("security_opt") == R"(["b"])");
}

BOOST_AUTO_TEST_CASE(rule_14_a_service_can_be_reset) {
  Stack stack("services: {a: {command: a}, b: {command: b}}");
  stack.folder.write("consort.override.yaml", "services: {b: !reset {}}");
  BOOST_TEST(stack.load().project.services.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_binary_clears_earlier_commands) {
  Two two("image: i, command: [c], entrypoint: [e]", "runtime: process, binary: ./b, args: [x]");
  BOOST_TEST(two.argv() == "./b|x");
  BOOST_TEST(two.key("command") == "-");
  BOOST_TEST(two.key("entrypoint") == "-");
  BOOST_TEST(two.key("image") == R"("i")");
}

BOOST_AUTO_TEST_CASE(a_command_clears_an_earlier_binary) {
  Two two("binary: ./b, args: [x]", "command: [c]");
  BOOST_TEST(two.argv() == "c");
  BOOST_TEST(two.key("binary") == "-");
}

BOOST_AUTO_TEST_CASE(a_binary_keeps_earlier_args) {
  BOOST_TEST(Two("binary: ./release, args: [x]", "binary: ./debug").argv() == "./debug|x");
}

BOOST_AUTO_TEST_CASE(args_are_replaced) {
  BOOST_TEST(Two("binary: ./b, args: [x, y]", "args: [z]").argv() == "./b|z");
}

BOOST_AUTO_TEST_CASE(one_kind_of_health_check_replaces_another) {
  Two two("command: a, healthcheck: {test: curl localhost, interval: 2s}",
          "healthcheck: {http: 'http://localhost:80/', status: 204}");
  BOOST_TEST(two.key("healthcheck") ==
             R"({"interval":"2s","http":"http://localhost:80/","status":204})");
}

BOOST_AUTO_TEST_CASE(what_belongs_to_http_stays_with_http_alone) {
  const std::string base =
      "command: a, healthcheck: {http: 'https://h/', status: 204, insecure: true}";
  BOOST_TEST(Two(base, "healthcheck: {http: 'https://i/'}").key("healthcheck") ==
             R"({"http":"https://i/","status":204,"insecure":true})");
  BOOST_TEST(Two(base, "healthcheck: {tcp: 'h:1'}").key("healthcheck") == R"({"tcp":"h:1"})");
}

BOOST_AUTO_TEST_CASE(second_names_of_keys_merge_with_the_first) {
  Two two("command: a, environment: {A: 1}, scale: 2", "env: {A: 2}, replicas: 3");
  BOOST_TEST(two.key("environment") == R"({"A":"2"})");
  BOOST_TEST(two.service("a").replicas == 3u);
}

BOOST_AUTO_TEST_CASE(kinds_that_cannot_be_merged_are_an_error) {
  Two two("image: i, security_opt: [a]", "security_opt: {a: b}");
  BOOST_TEST(two.errors() ==
             "consort.override.yaml:1:30: cannot read services.a.security_opt: a map is not a list "
             "(accepted: [text, ...])");
}

BOOST_AUTO_TEST_SUITE_END()
