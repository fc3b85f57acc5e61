#include "core/record/log_line.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

using namespace consort::record;
using namespace std::chrono_literals;
using consort::base::WallTime;

BOOST_AUTO_TEST_SUITE(log_line)

BOOST_AUTO_TEST_CASE(formats_what_the_cri_says) {
  std::string out;
  append_log_line(out, {WallTime(1767323045s + 6ns), Stream::err, true, "half a "});
  append_log_line(out, {WallTime{}, Stream::out, false, ""});
  BOOST_TEST(out ==
             "2026-01-02T03:04:05.000000006Z stderr P half a \n"
             "1970-01-01T00:00:00.000000000Z stdout F \n");
}

BOOST_AUTO_TEST_CASE(a_header_that_is_kept_says_what_a_new_one_says) {
  LogHeader kept;
  for (const auto time :
       {WallTime{}, WallTime(7ns), WallTime(7ns), WallTime(1767323045s), WallTime{}}) {
    for (const auto stream : {Stream::out, Stream::err}) {
      for (const bool partial : {true, false}) {
        const LogLine line{time, stream, partial, "text"};
        std::string one, other;
        append_log_line(one, line, kept);
        append_log_line(other, line);
        BOOST_TEST(one == other);
        BOOST_TEST(one.size() == LogHeader::length + 5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(parses_back_any_bytes) {
  const std::string garbage("\0\xff\r \x1b[31m", 9);
  std::string out;
  append_log_line(out, {WallTime(7ns), Stream::out, false, garbage});
  out.pop_back();
  const auto line = parse_log_line(out);
  BOOST_REQUIRE(line);
  BOOST_TEST((line->time == WallTime(7ns)));
  BOOST_TEST((line->stream == Stream::out));
  BOOST_TEST(!line->partial);
  BOOST_TEST(line->text == garbage);
}

BOOST_AUTO_TEST_CASE(takes_other_offsets) {
  const auto line = parse_log_line("2026-01-02T05:04:05.000000006+02:00 stderr P x y");
  BOOST_REQUIRE(line);
  BOOST_TEST((line->time == WallTime(1767323045s + 6ns)));
  BOOST_TEST(line->partial);
  BOOST_TEST(line->text == "x y");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_record) {
  for (const char* text : {"", "x", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z stdout",
                           "2026-01-02T03:04:05Z stdout F", "2026-01-02T03:04:05Z stdlog F x",
                           "2026-01-02T03:04:05Z stdout X x", "yesterday stdout F x"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parse_log_line(text)); }
  }
}

BOOST_AUTO_TEST_CASE(a_labelled_line_is_a_label_and_a_record) {
  const auto line = parse_labelled_line("web-1 2026-01-02T03:04:05Z stdout F hello");
  BOOST_REQUIRE(line);
  BOOST_TEST(line->label == "web-1");
  BOOST_TEST(line->line.text == "hello");
  BOOST_TEST(!parse_labelled_line(" 2026-01-02T03:04:05Z stdout F hello"));
  BOOST_TEST(!parse_labelled_line("web-1"));
}

BOOST_AUTO_TEST_SUITE_END()
