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

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_made_visible) {
  BOOST_TEST(visible("a\x1b]0;t\x07"
                     "b\r\x7f") == "a^[]0;t^Gb^M^?");
  BOOST_TEST(visible("\x1b[31m") == "^[[31m");
  BOOST_TEST(visible("a\tb\nc") == "a\tb\nc");
  BOOST_TEST(visible("a\tb\nc", "\t") == "a\tb^Jc");
  BOOST_TEST(visible(std::string_view("a\0b", 3)) == "a^@b");
}

BOOST_AUTO_TEST_CASE(controls_of_eight_bits_are_too_but_not_within_a_character) {
  BOOST_TEST(visible("\x9b"
                     "2J") == "^[[2J");
  BOOST_TEST(visible("\xc2\x9b"
                     "2J") == "^[[2J");
  BOOST_TEST(visible("\xe2\x9b"
                     "2J") == "\xe2^[[2J");      // no character, but a control
  BOOST_TEST(visible("\xc0\x9b") == "\xc0^[[");  // no character either
  const std::string spider = "\xe8\x9b\x9b";     // has that byte twice
  BOOST_TEST(visible(spider) == spider);
  BOOST_TEST(visible("grün ✔ 🦀 \xff") == "grün ✔ 🦀 \xff");
}

BOOST_AUTO_TEST_CASE(what_turns_the_direction_of_writing_is_made_visible) {
  BOOST_TEST(visible("a\xe2\x80\xae"
                     "b") == "a<U+202E>b");
  BOOST_TEST(visible("\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9") == "<U+202A><U+2066><U+2069>");
  BOOST_TEST(visible("\xe2\x80\xa9\xe2\x80\xaf") == "\xe2\x80\xa9\xe2\x80\xaf");
  BOOST_TEST(visible("שלום") == "שלום");
}

BOOST_AUTO_TEST_SUITE_END()
