#include "core/runtime/convert.h"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstring>

#include "core/runtime/task_view.h"

namespace consort::runtime {
namespace {

using base::ErrorKind;

BOOST_AUTO_TEST_SUITE(convert)

BOOST_AUTO_TEST_CASE(a_shorter_result_is_read_as_far_as_it_goes) {
  consort_result raw{};
  raw.size = offsetof(consort_result, pid);
  raw.status = CONSORT_E_RETRY;
  raw.message = "later";
  raw.pid = 5;
  raw.json = "{}";
  const Completion copy = copy_result(&raw);
  BOOST_TEST(copy.status == CONSORT_E_RETRY);
  BOOST_TEST(copy.message == "later");
  BOOST_TEST(copy.pid == 0);
  BOOST_TEST(copy.json == "");
}

BOOST_AUTO_TEST_CASE(a_longer_result_is_read_as_far_as_it_is_known) {
  struct {
    consort_result known;
    char later[32];
  } raw{};
  raw.known.size = sizeof raw;
  raw.known.pid = 5;
  BOOST_TEST(copy_result(&raw.known).pid == 5);
}

BOOST_AUTO_TEST_CASE(an_unknown_status_is_a_failure_and_no_result_is_one_too) {
  consort_result raw{};
  raw.size = sizeof raw;
  raw.status = 77;
  BOOST_TEST(copy_result(&raw).status == CONSORT_E_FAILED);
  BOOST_TEST(copy_result(nullptr).status == CONSORT_E_FAILED);
}

BOOST_AUTO_TEST_CASE(an_exit_is_a_code_or_a_signal_or_unknown) {
  consort_exit raw{};
  raw.size = sizeof raw;
  raw.known = 1;
  raw.code = 3;
  BOOST_TEST(*copy_exit(&raw).code == 3);
  raw.signal = 9;
  BOOST_TEST(*copy_exit(&raw).signal == 9);
  BOOST_TEST(!copy_exit(&raw).code);
  raw.known = 0;
  raw.cause = "lost";
  BOOST_TEST(!copy_exit(&raw).code);
  BOOST_TEST(!copy_exit(&raw).signal);
  BOOST_TEST(copy_exit(&raw).cause == "lost");
}

BOOST_AUTO_TEST_CASE(an_exit_without_a_time_is_now) {
  consort_exit raw{};
  raw.size = sizeof raw;
  const auto before = base::system_clock().wall();
  BOOST_TEST((copy_exit(&raw).at >= before));
  raw.at_ns = 1;
  BOOST_TEST(copy_exit(&raw).at.time_since_epoch().count() == 1);
}

BOOST_AUTO_TEST_CASE(each_status_has_its_kind) {
  BOOST_TEST((to_error(CONSORT_E_RETRY, "").kind() == ErrorKind::unavailable));
  BOOST_TEST((to_error(CONSORT_E_INVALID, "").kind() == ErrorKind::invalid));
  BOOST_TEST((to_error(CONSORT_E_NOT_FOUND, "").kind() == ErrorKind::not_found));
  BOOST_TEST((to_error(CONSORT_E_UNSUPPORTED, "").kind() == ErrorKind::unsupported));
  BOOST_TEST((to_error(CONSORT_E_DENIED, "").kind() == ErrorKind::denied));
  BOOST_TEST((to_error(CONSORT_E_DROPPED, "").kind() == ErrorKind::failed));
  BOOST_TEST(to_error(CONSORT_E_FAILED, "cannot X: Y").message() == "cannot X: Y");
  BOOST_TEST(to_error(CONSORT_E_FAILED, "").message() != "");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_repaired) {
  BOOST_TEST(valid_utf8("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
             "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
  BOOST_TEST(valid_utf8("a\xFF"
                        "b") ==
             "a\xEF\xBF\xBD"
             "b");
  BOOST_TEST(valid_utf8("\xC3") == "\xEF\xBF\xBD");
  BOOST_TEST(valid_utf8("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  BOOST_TEST(valid_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  BOOST_TEST(valid_utf8("\xF4\x90\x80\x80").find("\xF4") == std::string::npos);
  BOOST_TEST(valid_utf8(nullptr) == "");
}

BOOST_AUTO_TEST_CASE(a_start_tells_ports_and_command_and_nonsense_is_left_out) {
  const auto started = [](std::string json) {
    Completion completion;
    completion.json = std::move(json);
    return *to_started(std::move(completion));
  };
  const Started told = started(R"({"command": "sh -c true", "ports": [
      {"host_ip": "::1", "published": 32768, "target": 80, "protocol": "tcp"},
      {"published": 0, "target": 80}, {"published": 70000, "target": 80}, 7]})");
  BOOST_TEST(told.command == "sh -c true");
  BOOST_REQUIRE(told.ports.size() == 1);
  BOOST_TEST(told.ports[0].host_ip == "::1");
  BOOST_TEST(told.ports[0].published == 32768);
  for (const char* nonsense : {"", "{", "[]", R"({"command": 7, "ports": "80"})"}) {
    BOOST_TEST(started(nonsense).command == "", nonsense);
    BOOST_TEST(started(nonsense).ports.empty(), nonsense);
  }
  Completion completion;
  completion.state = CONSORT_INSTANCE_RUNNING;
  completion.json = R"({"command": "postgres"})";
  BOOST_TEST(to_attached(std::move(completion))->command == "postgres");
}

BOOST_AUTO_TEST_CASE(answers_that_are_not_as_agreed_are_errors) {
  BOOST_TEST(!to_object("statistics", "[]"));
  BOOST_TEST(!to_object("statistics", "{"));
  BOOST_TEST(!to_list("{}"));
  BOOST_TEST(!to_list("[1]"));
  BOOST_TEST(!to_findings("3"));
  BOOST_TEST(!to_fingerprint("[]"));
  BOOST_TEST(!to_fingerprint(R"({"facts": 1})"));
  BOOST_TEST(to_findings("")->empty());
  BOOST_TEST(progress_message("nonsense") == "");
}

BOOST_AUTO_TEST_CASE(a_length_is_rounded_up_to_milliseconds) {
  using namespace std::chrono_literals;
  BOOST_TEST(milliseconds(1ns) == 1u);
  BOOST_TEST(milliseconds(1500us) == 2u);
  BOOST_TEST(milliseconds(2s) == 2000u);
  BOOST_TEST(milliseconds(-5s) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
