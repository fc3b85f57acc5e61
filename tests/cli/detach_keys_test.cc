#include "core/cli/detach_keys.h"

#include <boost/test/unit_test.hpp>

using consort::cli::DetachKeys;

BOOST_AUTO_TEST_SUITE(detach_keys)

BOOST_AUTO_TEST_CASE(they_end_it_also_when_they_come_apart) {
  auto keys = *DetachKeys::parse("ctrl-p,ctrl-q");
  BOOST_TEST(keys.pass("ls\n\x10") == "ls\n");
  BOOST_TEST(!keys.pressed());
  BOOST_TEST(keys.pass("\x11more") == "");
  BOOST_TEST(keys.pressed());
}

BOOST_AUTO_TEST_CASE(their_beginning_alone_is_passed_on) {
  auto keys = *DetachKeys::parse("ctrl-p,ctrl-q");
  BOOST_TEST(keys.pass("\x10\x10") == "\x10");
  BOOST_TEST(keys.pass("x\x11") == "\x10x\x11");
  BOOST_TEST(!keys.pressed());
}

BOOST_AUTO_TEST_CASE(a_beginning_may_begin_within_another) {
  auto keys = *DetachKeys::parse("a,a,b");
  BOOST_TEST(keys.pass("aaab") == "a");
  BOOST_TEST(keys.pressed());
}

BOOST_AUTO_TEST_CASE(keys_are_characters_or_ctrl_with_one) {
  BOOST_TEST(DetachKeys::parse("ctrl-@,ctrl-[,ctrl-_,z")->pass("\x1b\x1fz") == "\x1b\x1fz");
  for (const char* text : {"", "ctrl-", "ctrl-1", "ctrl-P", "ab", "a,,b"}) {
    BOOST_TEST(!DetachKeys::parse(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
