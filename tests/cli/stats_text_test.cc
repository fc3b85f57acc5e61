#include "core/cli/stats_text.h"
#include "core/cli/byte_text.h"

#include <boost/test/unit_test.hpp>

using namespace consort::cli;
namespace json = boost::json;

namespace {

json::array reading(std::int64_t at_ns, std::int64_t cpu_ns) {
  return {json::object{{"service", "web"},
                       {"index", 1},
                       {"instance", "abc"},
                       {"at_ns", at_ns},
                       {"cpu_ns", cpu_ns},
                       {"memory_bytes", 3 * 1024 * 1024},
                       {"pids", 4}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stats)

BOOST_AUTO_TEST_CASE(cpu_is_the_difference_of_two_readings) {
  StatsRates rates;
  BOOST_TEST(!rates.take(reading(1'000'000'000, 100), {}).at(0).cpu_percent.has_value());
  const auto second = rates.take(reading(2'000'000'000, 500'000'100), {}).at(0);
  BOOST_TEST(second.cpu_percent.value() == 50.0, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(the_table_says_what_is_not_known) {
  StatsRates rates;
  BOOST_TEST(stats_table(rates.take(reading(1, 1), {})) ==
             "NAME    CPU %   MEM USAGE   NET I/O   BLOCK I/O   PIDS\n"
             "web-1   -       3MiB        -         -           4\n");
}

BOOST_AUTO_TEST_CASE(json_has_numbers_and_null_for_the_unknown) {
  StatsRates rates;
  const auto object = stats_json(rates.take(reading(1, 1), {}).at(0));
  BOOST_TEST(object.at("MemoryBytes").to_number<std::int64_t>() == 3 * 1024 * 1024);
  BOOST_TEST(object.at("RxBytes").is_null());
  BOOST_TEST(object.at("CPUPercent").is_null());
}

BOOST_AUTO_TEST_CASE(members_of_a_wrong_type_are_not_known) {
  StatsRates rates;
  const auto lines = rates.take({json::object{{"service", 7}, {"cpu_ns", "x"}}, "y"}, {});
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines[0].service == "");
}

BOOST_AUTO_TEST_CASE(bytes_are_said_in_binary_units) {
  BOOST_TEST(human_bytes(0) == "0B");
  BOOST_TEST(human_bytes(1536) == "1.5KiB");
  BOOST_TEST(human_bytes(5'000'000'000) == "4.657GiB");
}

BOOST_AUTO_TEST_SUITE_END()
