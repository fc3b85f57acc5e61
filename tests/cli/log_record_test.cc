#include "core/cli/log_record.h"

#include <boost/test/unit_test.hpp>

using namespace consort::cli;

namespace {

LogRecord record(const std::string& line) {
  const auto parsed = parse_log_record(line);
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), line);
  return *parsed;
}

std::string line(const char* replica, int nanoseconds, const char* text) {
  char time[64];
  std::snprintf(time, sizeof time, "2026-01-02T03:04:05.%09dZ", nanoseconds);
  return std::string(replica) + ' ' + time + " stdout F " + text;
}

// What a reading of `lines` lets through.
std::vector<std::string> passed(LogOnce::Reading& reading, const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const auto& text : lines) {
    const LogRecord one = record(text);
    if (reading.is_new(one)) out.emplace_back(one.text);
  }
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(log_record)

BOOST_AUTO_TEST_CASE(a_line_is_taken_apart) {
  const std::string text = "web-1 2026-01-02T03:04:05.000000006Z stderr F a b  c";
  const LogRecord full = record(text);  // views into the text
  BOOST_TEST(full.replica == "web-1");
  BOOST_TEST(full.time == "2026-01-02T03:04:05.000000006Z");
  BOOST_TEST(full.err);
  BOOST_TEST(!full.partial);
  BOOST_TEST(full.text == "a b  c");
  const std::string partial = "web-1 t stdout P part";
  BOOST_TEST(record(partial).partial);
  const std::string empty = "web-1 t stdout F ";
  BOOST_TEST(record(empty).text == "");
  const std::string bare = "web-1 t stdout F";
  BOOST_TEST(record(bare).text == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused) {
  for (const char* text :
       {"", "web-1", "web-1 t", "web-1 t stdin F x", "web-1 t stdout X x", "web-1 t stdout "}) {
    BOOST_TEST(!parse_log_record(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(a_replica_is_a_service_and_an_index) {
  BOOST_TEST(service_of("my-web-12") == "my-web");
  BOOST_TEST(index_of("my-web-12") == 12U);
  BOOST_TEST(service_of("web") == "web");
  BOOST_TEST(index_of("web") == 0U);
}

BOOST_AUTO_TEST_CASE(a_second_reading_lets_only_the_rest_through) {
  LogOnce once;
  LogOnce::Reading first(once);
  BOOST_TEST(passed(first, {line("web-1", 1, "a"), line("web-1", 2, "b")}) == (Texts{"a", "b"}),
             boost::test_tools::per_element());
  LogOnce::Reading second(once);
  BOOST_TEST(passed(second, {line("web-1", 1, "a"), line("web-1", 2, "b"),
                             line("web-1", 3, "c")}) == Texts{"c"},
             boost::test_tools::per_element());
  BOOST_TEST(passed(first, {line("web-1", 3, "c"), line("web-1", 4, "d")}) == Texts{"d"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_lines_of_one_time_are_counted_not_merged) {
  LogOnce once;
  LogOnce::Reading first(once);
  BOOST_TEST(passed(first, {line("web-1", 1, "x"), line("web-1", 1, "x")}).size() == 2U);
  LogOnce::Reading second(once);
  BOOST_TEST(passed(second, {line("web-1", 1, "x"), line("web-1", 1, "x"), line("web-1", 1, "x")})
                 .size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reading_that_starts_at_the_last_time_fits_in) {
  LogOnce once;
  LogOnce::Reading first(once);
  (void)passed(first, {line("web-1", 1, "a"), line("web-1", 2, "b"), line("web-1", 2, "c")});
  LogOnce::Reading from_last(once);
  BOOST_TEST(passed(from_last, {line("web-1", 2, "b"), line("web-1", 2, "c"),
                                line("web-1", 2, "d")}) == Texts{"d"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(replicas_do_not_disturb_each_other) {
  LogOnce once;
  LogOnce::Reading reading(once);
  BOOST_TEST(passed(reading, {line("web-1", 9, "late"), line("web-2", 1, "early")}).size() == 2U);
  BOOST_TEST(once.last("web-2").has_value());
  BOOST_TEST(!once.last("db-1").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
