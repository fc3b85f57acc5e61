#include "plugins/docker/log_cursor.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_log_cursor)

BOOST_AUTO_TEST_CASE(a_cursor_comes_back_as_it_was_written) {
  LogCursor cursor;
  cursor.advance(CONSORT_STDOUT, 5);
  cursor.advance(CONSORT_STDOUT, 5);
  cursor.advance(CONSORT_STDERR, 7);
  BOOST_TEST(cursor.text() == "5:2,7:1");
  BOOST_TEST(LogCursor::parse(cursor.text()).text() == cursor.text());
}

BOOST_AUTO_TEST_CASE(what_is_no_cursor_is_the_beginning) {
  for (const char* text : {"", "x", "1:1", "1:1,", "1:1,2"}) {
    BOOST_TEST(LogCursor::parse(text).text() == "0:0,0:0", text);
  }
}

BOOST_AUTO_TEST_CASE(a_later_time_starts_a_new_count) {
  LogCursor cursor;
  for (const std::int64_t at : {5, 5, 5, 6}) cursor.advance(CONSORT_STDOUT, at);
  BOOST_TEST(cursor.text() == "6:1,0:0");
}

// The log as the engine has it: stream and time of each line.
using Log = std::vector<std::pair<consort_stream, std::int64_t>>;
constexpr std::int64_t second = 1'000'000'000;
const Log whole = {
    {CONSORT_STDOUT, 10 * second},     {CONSORT_STDERR, 10 * second}, {CONSORT_STDOUT, 10 * second},
    {CONSORT_STDOUT, 10 * second},     {CONSORT_STDOUT, 12 * second}, {CONSORT_STDERR, 11 * second},
    {CONSORT_STDERR, 11 * second + 1}, {CONSORT_STDOUT, 12 * second}, {CONSORT_STDOUT, 13 * second},
};

BOOST_AUTO_TEST_CASE(wherever_it_is_cut_each_line_is_stored_once) {
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    LogCursor stored;
    for (std::size_t i = 0; i < cut; ++i) stored.advance(whole[i].first, whole[i].second);
    LogResume resume(stored);
    std::vector<std::size_t> taken;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i].second < resume.since()) continue;  // the engine's filter
      if (resume.is_new(whole[i].first, whole[i].second)) taken.push_back(i);
    }
    std::vector<std::size_t> rest;
    for (std::size_t i = cut; i < whole.size(); ++i) rest.push_back(i);
    BOOST_TEST_INFO("cut at " << cut);
    BOOST_TEST(taken == rest, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_later_loses_nothing) {
  LogResume resume(LogCursor::parse("100:1,0:0"));
  BOOST_TEST(!resume.is_new(CONSORT_STDOUT, 100));
  BOOST_TEST(resume.is_new(CONSORT_STDOUT, 101));
  BOOST_TEST(resume.is_new(CONSORT_STDOUT, 50));
}

BOOST_AUTO_TEST_CASE(times_are_read_to_the_nanosecond) {
  BOOST_TEST(parse_time_ns("1970-01-01T00:00:00Z").value() == 0);
  BOOST_TEST(parse_time_ns("1970-01-01T00:00:01.5Z").value() == 1'500'000'000);
  BOOST_TEST(parse_time_ns("2024-02-29T12:00:00.123456789Z").value() == 1709208000123456789);
  BOOST_TEST(parse_time_ns("2024-02-29T14:00:00.123456789+02:00").value() == 1709208000123456789);
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_none) {
  for (const char* text : {"", "2024", "2024-02-30T00:00:00Z", "2024-02-29T12:00:00", "hello"}) {
    BOOST_TEST(!parse_time_ns(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
