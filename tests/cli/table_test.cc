#include "core/cli/table.h"

#include <boost/test/unit_test.hpp>

using consort::cli::Table;

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(columns_line_up_and_lines_have_no_trailing_spaces) {
  Table table({"NAME", "STATE", "PORTS"});
  table.add({"web-1", "running", "80/tcp"});
  table.add({"a", "up", ""});
  BOOST_TEST(table.text() ==
             "NAME    STATE     PORTS\n"
             "web-1   running   80/tcp\n"
             "a       up\n");
}

BOOST_AUTO_TEST_CASE(colours_and_wide_characters_do_not_move_columns) {
  Table table({"A", "B"});
  table.add({"\x1b[31mgrün\x1b[0m", "x"});
  table.add({"abcd", "y"});
  BOOST_TEST(table.text() == "A      B\n\x1b[31mgrün\x1b[0m   x\nabcd   y\n");
}

BOOST_AUTO_TEST_CASE(an_empty_cell_in_the_middle_keeps_its_place) {
  Table table({"A", "B", "C"});
  table.add({"1", "", "3"});
  BOOST_TEST(table.text() == "A   B   C\n1       3\n");
}

BOOST_AUTO_TEST_SUITE_END()
