#include "core/cli/bars.h"

#include <boost/test/unit_test.hpp>

#include "core/cli/terminal.h"

namespace consort::cli {
namespace {

std::string text(const Bars& bars, std::size_t width) {
  std::string all;
  for (const auto& line : bars.lines(width)) all += line + "|";
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bars)

BOOST_AUTO_TEST_CASE(each_pull_has_its_own_until_something_else_is_told_of_it) {
  Bars bars;
  BOOST_TEST(!bars.take("web: pulling app:1"));
  BOOST_TEST(bars.empty());
  BOOST_TEST(bars.take("web: pulling app:1 0 %"));
  BOOST_TEST(bars.take("db: pulling pg:15 50 %"));
  BOOST_TEST(bars.take("web: pulling app:1 100 %"));
  BOOST_TEST(text(bars, 37) ==
             "web: pulling app:1 [==========] 100 %|db: pulling pg:15  [=====     ]  50 %|");
  BOOST_TEST(!bars.take("web: pulled app:1"));
  BOOST_TEST(text(bars, 36) == "db: pulling pg:15 [=====     ]  50 %|");
  BOOST_TEST(!bars.take("db: pulled pg:15"));
  BOOST_TEST(bars.empty());
}

BOOST_AUTO_TEST_CASE(a_narrow_terminal_has_the_percentage_alone) {
  Bars bars;
  bars.take("db: pulling pg:15 50 %");
  BOOST_TEST(text(bars, 30) == "db: pulling pg:15  50 %|");
  BOOST_TEST(text(bars, 17) == "db: pullin…  50 %|");
  BOOST_TEST(visible_width(bars.lines(4).front()) <= 4u);
  BOOST_TEST(bars.lines(200).front().size() == 17u + 30 + 9);
}

BOOST_AUTO_TEST_CASE(what_is_no_percentage_is_a_message) {
  Bars bars;
  for (const char* message :
       {"web: built in 5 s", "disk: x %", "%", " %", "web: 1.5 %", "web: 50 %"}) {
    BOOST_TEST(!bars.take(message), message);
  }
  BOOST_TEST(bars.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::cli
