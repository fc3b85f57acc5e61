#include "core/base/text.h"

#include <boost/test/unit_test.hpp>

using namespace consort::base;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(nearest_finds_one_typo) {
  const std::string_view keys[] = {"environment", "command", "ports", "image"};
  BOOST_TEST(nearest("enviroment", keys) == "environment");  // left out
  BOOST_TEST(nearest("commnad", keys) == "command");         // swapped
  BOOST_TEST(nearest("port", keys) == "ports");              // too short
  BOOST_TEST(nearest("imagee", keys) == "image");            // too long
}

BOOST_AUTO_TEST_CASE(nearest_suggests_nothing_far_off) {
  const std::string_view keys[] = {"environment", "command"};
  BOOST_TEST(nearest("volumes", keys) == "");
  BOOST_TEST(nearest("x", {}) == "");
}

BOOST_AUTO_TEST_CASE(split_keeps_empty_parts_and_join_undoes_it) {
  const auto parts = split("a,,b,", ',');
  const std::vector<std::string> expected{"a", "", "b", ""};
  BOOST_TEST(parts == expected, boost::test_tools::per_element());
  BOOST_TEST(split("", ',').size() == 1u);
  BOOST_TEST(join(parts, ",") == "a,,b,");
  BOOST_TEST(join(std::vector<std::string>{"", "a"}, ",") == ",a");
}

BOOST_AUTO_TEST_CASE(random_hex_has_the_size_and_differs) {
  const std::string first = random_hex(16);
  BOOST_TEST(first.size() == 32u);
  BOOST_TEST(first.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(first != random_hex(16));
}

BOOST_AUTO_TEST_SUITE_END()
