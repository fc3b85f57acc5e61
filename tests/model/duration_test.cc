#include "core/model/duration.h"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace consort::model;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(duration)

BOOST_AUTO_TEST_CASE(parses_what_compose_does) {
  const std::pair<const char*, Duration> cases[] = {
      {"0", 0ns},
      {"10ms", 10ms},
      {"40s", 40s},
      {"1m30s", 90s},
      {"1h5m30s20ms", 1h + 5min + 30s + 20ms},
      {"1.5h", 90min},
      {".5s", 500ms},
      {"1.s", 1s},
      {"-1.5s", -1500ms},
      {"+2s", 2s},
      {"100us", 100us},
      {"100\u00b5s", 100us},
      {"100\u03bcs", 100us},
      {"7ns", 7ns},
      {"1d", 24h},
      {"1w2d", 216h},
      {"0.000000001s", 1ns},
      {"-0", 0ns},
      {"1s1s", 2s},
  };
  for (const auto& [text, want] : cases) {
    BOOST_TEST_CONTEXT(text) {
      const auto got = parse_duration(text);
      BOOST_REQUIRE(got);
      BOOST_TEST(got->count() == want.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_everything_else) {
  for (const char* text : {"",        "-",
                           "+",       "1",
                           "10",      "s",
                           ".s",      ".",
                           "1x",      "1 s",
                           " 1s",     "1s ",
                           "1S",      "--1s",
                           "1s-1s",   "1.2.3s",
                           "1e3s",    "99999999999999999999s",
                           "300000w", "9223372036854775808ns"}) {
    BOOST_TEST_CONTEXT("'" << text << "'") { BOOST_TEST(!parse_duration(text)); }
  }
}

BOOST_AUTO_TEST_CASE(formats_the_shortest_exact_form) {
  const std::pair<Duration, const char*> cases[] = {
      {0ns, "0s"},       {1ns, "1ns"},     {1500ns, "1.5\u00b5s"}, {20ms, "20ms"},
      {1500us, "1.5ms"}, {1500ms, "1.5s"}, {90s, "1m30s"},         {1h + 5min + 30s, "1h5m30s"},
      {1h, "1h"},        {24h, "24h"},     {-90s, "-1m30s"},       {1s + 1ns, "1.000000001s"},
      {1h + 1s, "1h1s"},
  };
  for (const auto& [value, want] : cases) BOOST_TEST(format_duration(value) == want);
}

BOOST_AUTO_TEST_CASE(what_was_formatted_parses_to_the_same) {
  for (const Duration value : {Duration(1), Duration(999), Duration(1001), Duration(123456789),
                               Duration(3'723'004'005'006), Duration::max(), -Duration::max()}) {
    BOOST_TEST_CONTEXT(format_duration(value)) {
      const auto back = parse_duration(format_duration(value));
      BOOST_REQUIRE(back);
      BOOST_TEST(back->count() == value.count());
    }
  }
  BOOST_TEST(!format_duration(Duration::min()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
