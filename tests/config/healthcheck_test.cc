// Rules 28 to 31, and probes by http and tcp.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;
using std::chrono::seconds;

namespace {

std::string argv(const std::string& check) {
  Stack stack("services:\n  a:\n    command: a\n    healthcheck: {" + check + "}\n");
  return joined(std::get<model::ExecProbe>(stack.service("a").healthcheck.value().check).argv);
}

std::string error(const std::string& check) {
  Stack stack("services:\n  a:\n    command: a\n    healthcheck: {" + check + "}\n");
  return stack.errors();
}

model::Probe probe(const std::string& check) {
  Stack stack("services:\n  a:\n    command: a\n    healthcheck: {" + check + "}\n");
  return stack.service("a").healthcheck.value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(healthcheck)

// rule 28: a text is for the shell; a list begins with CMD, CMD-SHELL or NONE
BOOST_AUTO_TEST_CASE(rule_28_forms_of_test) {
  BOOST_TEST(argv("test: curl -f x || exit 1") == "/bin/sh|-c|curl -f x || exit 1");
  BOOST_TEST(argv("test: [CMD, curl, -f, x]") == "curl|-f|x");
  BOOST_TEST(argv("test: [CMD-SHELL, 'a | b']") == "/bin/sh|-c|a | b");
}

BOOST_AUTO_TEST_CASE(rule_28_none_and_disable) {
  for (const char* off : {"test: [NONE]", "disable: true", "test: x, disable: true"}) {
    Stack stack("services:\n  a:\n    command: a\n    healthcheck: {" + std::string(off) + "}\n");
    const auto a = stack.service("a");
    BOOST_TEST(!a.healthcheck.has_value());
  }
}

BOOST_AUTO_TEST_CASE(rule_28_a_list_must_say_how) {
  BOOST_TEST(error("test: [curl, x]") ==
             "consort.yaml:4:26: cannot read services.a.healthcheck.test: the first word must be "
             "CMD, CMD-SHELL or NONE, not \"curl\" (accepted: [CMD, \"curl\", ...])");
  BOOST_TEST(error("test: [CMD]") ==
             "consort.yaml:4:25: cannot read services.a.healthcheck.test: CMD needs a program");
}

// rule 29: 30s, 30s, 3, 0s and 5s; 0 is the default
BOOST_AUTO_TEST_CASE(rule_29_defaults) {
  const auto p = probe("test: x");
  BOOST_TEST((p.interval == seconds(30) && p.timeout == seconds(30)));
  BOOST_TEST((p.start_period == seconds(0) && p.start_interval == seconds(5)));
  BOOST_TEST(p.retries == 3);
}

BOOST_AUTO_TEST_CASE(rule_29_zero_is_the_default) {
  const auto p = probe("test: x, interval: 0s, retries: 0");
  BOOST_TEST((p.interval == seconds(30)));
  BOOST_TEST(p.retries == 3);
}

BOOST_AUTO_TEST_CASE(timings_are_read) {
  const auto p = probe(
      "test: x, interval: 1m, timeout: 2s, retries: 5, start_period: 1m5s, "
      "start_interval: 500ms");
  BOOST_TEST((p.interval == seconds(60) && p.timeout == seconds(2)));
  BOOST_TEST((p.start_period == seconds(65)));
  BOOST_TEST((p.start_interval == std::chrono::milliseconds(500)));
  BOOST_TEST(p.retries == 5);
}

// rule 31: start_interval needs start_period
BOOST_AUTO_TEST_CASE(rule_31_start_interval_needs_start_period) {
  BOOST_TEST(error("test: x, start_interval: 1s") ==
             "consort.yaml:4:44: cannot read services.a.healthcheck.start_interval: it needs "
             "start_period beside it");
}

BOOST_AUTO_TEST_CASE(http_asks_a_url) {
  const auto p = probe("http: 'http://localhost:80/x', status: 204");
  BOOST_TEST(std::get<model::HttpProbe>(p.check).url == "http://localhost:80/x");
  BOOST_TEST(std::get<model::HttpProbe>(p.check).status == 204);
  const auto plain = std::get<model::HttpProbe>(probe("http: 'http://h/'").check);
  BOOST_TEST(plain.status == 0);
  BOOST_TEST(!plain.insecure);
  const auto secure =
      std::get<model::HttpProbe>(probe("http: 'https://localhost:8443/', insecure: true").check);
  BOOST_TEST(secure.url == "https://localhost:8443/");
  BOOST_TEST(secure.insecure);
}

BOOST_AUTO_TEST_CASE(http_must_be_a_url) {
  BOOST_TEST(error("http: localhost/x") ==
             "consort.yaml:4:25: cannot read services.a.healthcheck.http: \"localhost/x\" is not a "
             "URL that can be asked (accepted: http://HOST:PORT/PATH, https://...)");
  BOOST_TEST(error("tcp: 'h:1', status: 200") ==
             "consort.yaml:4:39: cannot read services.a.healthcheck.status: it stands beside http "
             "only");
  BOOST_TEST(error("test: x, insecure: true") ==
             "consort.yaml:4:38: cannot read services.a.healthcheck.insecure: it stands beside "
             "http only");
}

BOOST_AUTO_TEST_CASE(tcp_asks_an_address) {
  const auto p = std::get<model::TcpProbe>(probe("tcp: 'localhost:5432'").check);
  BOOST_TEST(p.host == "localhost");
  BOOST_TEST(p.port == 5432);
  BOOST_TEST(std::get<model::TcpProbe>(probe("tcp: '[::1]:80'").check).host == "::1");
}

BOOST_AUTO_TEST_CASE(tcp_must_be_an_address) {
  BOOST_TEST(error("tcp: '5432'") ==
             "consort.yaml:4:24: cannot read services.a.healthcheck.tcp: \"5432\" is not an "
             "address (accepted: HOST:PORT, [IPV6]:PORT)");
}

BOOST_AUTO_TEST_CASE(one_kind_in_one_file) {
  BOOST_TEST(error("test: x, tcp: 'h:1'") ==
             "consort.yaml:4:28: cannot read services.a.healthcheck.tcp: test is set in line 4 as "
             "well; a health check is one of test, http and tcp");
}

BOOST_AUTO_TEST_CASE(a_process_needs_a_test_and_a_container_may_have_its_images) {
  BOOST_TEST(error("interval: 1s") ==
             "consort.yaml:4:5: cannot read services.a.healthcheck: test is missing (accepted: "
             "test, http or tcp)");
  Stack container("services: {a: {image: i, healthcheck: {interval: 1s}}}");
  const auto a = container.service("a");
  BOOST_TEST(!a.healthcheck.has_value());
  BOOST_TEST(spec(a, "healthcheck") == R"({"interval":"1s"})");
}

BOOST_AUTO_TEST_CASE(units_are_needed) {
  BOOST_TEST(error("test: x, interval: 10") ==
             "consort.yaml:4:38: cannot read services.a.healthcheck.interval: \"10\" is not a "
             "duration (accepted: 10s, 1m30s, 500ms)");
}

BOOST_AUTO_TEST_SUITE_END()
