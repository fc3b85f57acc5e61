#include "core/cli/time_option.h"

#include <boost/test/unit_test.hpp>

#include "core/model/json.h"

using namespace consort;
using namespace std::chrono_literals;

namespace {

constexpr model::WallTime now = model::WallTime(1'000'000s);

std::string read(const char* text) {
  const auto time = cli::parse_time_option(text, now);
  return time ? model::format_time(*time) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(time_option_of)

BOOST_AUTO_TEST_CASE(a_duration_is_counted_back_from_now) {
  BOOST_TEST(read("10m") == model::format_time(now - 10min));
  BOOST_TEST(read("1h30m") == model::format_time(now - 90min));
}

BOOST_AUTO_TEST_CASE(a_time_is_taken_as_it_is) {
  BOOST_TEST(read("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05.000000000Z");
  BOOST_TEST(read("2026-01-02T03:04:05+01:00") == "2026-01-02T02:04:05.000000000Z");
}

BOOST_AUTO_TEST_CASE(a_day_begins_at_midnight_utc) {
  BOOST_TEST(read("2026-01-02") == "2026-01-02T00:00:00.000000000Z");
}

BOOST_AUTO_TEST_CASE(a_number_is_seconds_since_1970) {
  BOOST_TEST(read("1500000000.5") == "2017-07-14T02:40:00.500000000Z");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
  for (const char* text : {"", "yesterday", "nan", "2026-13-01", "1e300"}) {
    BOOST_TEST(read(text) == "none", text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
