#include "core/cli/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "core/base/file.h"

using namespace consort::cli;

BOOST_AUTO_TEST_SUITE(terminal)

BOOST_AUTO_TEST_CASE(what_is_no_terminal_has_no_colours) {
  const consort::base::Fd null(::open("/dev/null", O_WRONLY));
  const Terminal seen = look_at(null.get(), Ansi::automatic, nullptr, "xterm");
  BOOST_TEST(!seen.is_terminal);
  BOOST_TEST(!seen.colors);
  BOOST_TEST(!seen.cursor);
  BOOST_TEST(look_at(null.get(), Ansi::always, nullptr, "xterm").colors);
}

BOOST_AUTO_TEST_CASE(a_terminal_has_colours_unless_told_otherwise) {
  const consort::base::Fd main(::posix_openpt(O_RDWR | O_NOCTTY));
  BOOST_REQUIRE(static_cast<bool>(main));
  BOOST_REQUIRE(::grantpt(main.get()) == 0);
  BOOST_REQUIRE(::unlockpt(main.get()) == 0);
  const consort::base::Fd side(::open(::ptsname(main.get()), O_RDWR | O_NOCTTY));
  BOOST_REQUIRE(static_cast<bool>(side));
  BOOST_TEST(look_at(side.get(), Ansi::automatic, nullptr, "xterm").colors);
  BOOST_TEST(look_at(side.get(), Ansi::automatic, "", "xterm").colors);
  const Terminal plain = look_at(side.get(), Ansi::automatic, "1", "xterm");
  BOOST_TEST(!plain.colors);
  BOOST_TEST(plain.cursor);
  BOOST_TEST(!look_at(side.get(), Ansi::automatic, nullptr, "dumb").cursor);
  BOOST_TEST(!look_at(side.get(), Ansi::never, nullptr, "xterm").colors);
  BOOST_TEST(look_at(side.get(), Ansi::always, "1", "xterm").colors);
}

BOOST_AUTO_TEST_CASE(control_characters_are_shown_not_sent) {
  BOOST_TEST(harmless("a\x1b[2Jb") == "a^[[2Jb");
  BOOST_TEST(harmless("a\rb\x07") == "a^Mb^G");
  BOOST_TEST(harmless("\x1b]0;title\x07") == "^[]0;title^G");
  BOOST_TEST(harmless("\x7f") == "^?");
}

BOOST_AUTO_TEST_CASE(eight_bit_controls_are_shown_too) {
  BOOST_TEST(harmless("\xc2\x9b"
                      "2J") == "^[[2J");
  BOOST_TEST(harmless("\x9b"
                      "2J") == "^[[2J");
}

BOOST_AUTO_TEST_CASE(what_would_hide_text_is_shown) {
  BOOST_TEST(harmless("\x1b[8mx") == "^[[8mx");
  BOOST_TEST(harmless("\x1b[1;08mx") == "^[[1;08mx");
  BOOST_TEST(harmless("\x1b[38;5;1;8mx") == "^[[38;5;1;8mx");
  BOOST_TEST(harmless("\x1b[" + std::string(1000, '1') + "mx") ==
             "^[[" + std::string(1000, '1') + "mx");
  BOOST_TEST(harmless("a\xe2\x80\xae"
                      "b") == "a<U+202E>b");
}

BOOST_AUTO_TEST_CASE(a_colour_may_have_the_number_eight) {
  for (const std::string color :
       {"\x1b[38;5;8m", "\x1b[48;2;8;8;8m", "\x1b[38:5:8m", "\x1b[0;28m"}) {
    BOOST_TEST(harmless(color + "x") == color + "x\x1b[0m");
  }
}

BOOST_AUTO_TEST_CASE(colours_tabs_and_text_stay) {
  BOOST_TEST(harmless("a\tb") == "a\tb");
  BOOST_TEST(harmless("grün ✔") == "grün ✔");
  BOOST_TEST(harmless("\x1b[1;31mred\x1b[0m") == "\x1b[1;31mred\x1b[0m\x1b[0m");
}

BOOST_AUTO_TEST_CASE(an_open_colour_ends_with_its_line) {
  BOOST_TEST(harmless("\x1b[31mred").ends_with("\x1b[0m"));
}

BOOST_AUTO_TEST_CASE(an_unfinished_sequence_is_no_colour) {
  BOOST_TEST(harmless("\x1b[31") == "^[[31");
  BOOST_TEST(harmless("\x1b[") == "^[[");
  BOOST_TEST(harmless("\x1b") == "^[");
}

BOOST_AUTO_TEST_CASE(width_counts_characters_without_colours) {
  BOOST_TEST(visible_width("grün") == 4U);
  BOOST_TEST(visible_width("\x1b[31mred\x1b[0m") == 3U);
}

BOOST_AUTO_TEST_CASE(a_text_that_does_not_fit_is_cut_visibly) {
  BOOST_TEST(fit("abcdef", 6) == "abcdef");
  BOOST_TEST(fit("abcdef", 4) == "abc…");
  BOOST_TEST(fit("äöüß", 3) == "äö…");
  BOOST_TEST(visible_width(fit("\x1b[31mabcdef\x1b[0m", 4)) == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
