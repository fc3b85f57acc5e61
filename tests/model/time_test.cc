#include <boost/test/unit_test.hpp>

#include "core/model/json.h"

using namespace consort::model;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(formats_utc_with_nine_decimals_and_the_epoch_as_nothing) {
  BOOST_TEST(format_time(WallTime(1767323045s + 6ns)) == "2026-01-02T03:04:05.000000006Z");
  BOOST_TEST(format_time(WallTime(-1ns)) == "1969-12-31T23:59:59.999999999Z");
  BOOST_TEST(format_time(WallTime{}) == "");
}

BOOST_AUTO_TEST_CASE(parses_any_offset_and_up_to_nine_decimals) {
  const std::pair<const char*, WallTime> cases[] = {
      {"2026-01-02T03:04:05.000000006Z", WallTime(1767323045s + 6ns)},
      {"2026-01-02T03:04:05Z", WallTime(1767323045s)},
      {"2026-01-02t03:04:05.5z", WallTime(1767323045s + 500ms)},
      {"2026-01-02T05:34:05+02:30", WallTime(1767323045s)},
      {"2026-01-01T22:04:05-05:00", WallTime(1767323045s)},
      {"2024-02-29T00:00:00Z", WallTime(1709164800s)},
      {"2016-12-31T23:59:60Z", WallTime(1483228800s)},
      {"1970-01-01T00:00:00Z", WallTime{}},
  };
  for (const auto& [text, want] : cases) {
    BOOST_TEST_CONTEXT(text) {
      const auto got = parse_time(text);
      BOOST_REQUIRE(got);
      BOOST_TEST(got->time_since_epoch().count() == want.time_since_epoch().count());
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_rfc_3339) {
  for (const char* text :
       {"", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z",
        "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05+0230", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05Zx",
        "2026-1-2T03:04:05Z", "9999-01-02T03:04:05Z"}) {
    BOOST_TEST_CONTEXT("'" << text << "'") { BOOST_TEST(!parse_time(text)); }
  }
}

BOOST_AUTO_TEST_CASE(what_was_formatted_parses_to_the_same) {
  for (const WallTime time : {WallTime(1ns), WallTime(1767323045s + 999999999ns), WallTime(-5s)}) {
    BOOST_TEST((parse_time(format_time(time)) == time));
  }
}

BOOST_AUTO_TEST_SUITE_END()
