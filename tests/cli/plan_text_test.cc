#include "core/cli/plan_text.h"

#include <boost/test/unit_test.hpp>

using consort::cli::plan_text;

BOOST_AUTO_TEST_SUITE(plan_text_of)

BOOST_AUTO_TEST_CASE(actions_are_listed_with_why_and_what_is_kept_is_counted) {
  BOOST_TEST(plan_text({{"remove", "old", "not in the file", 1},
                        {"keep", "db", "", 1},
                        {"replace", "web", "changed: environment.PORT", 1}}) ==
             "ACTION    SERVICE   WHY\n"
             "remove    old-1     not in the file\n"
             "replace   web-1     changed: environment.PORT\n"
             "2 to do; 1 unchanged.\n");
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_said) {
  BOOST_TEST(plan_text({{"keep", "db", "", 1}}) == "Nothing to do; 1 unchanged.\n");
}

BOOST_AUTO_TEST_CASE(an_orphan_is_shown_but_nothing_is_done_to_it) {
  const auto text = plan_text({{"orphan", "old", "not in the file", 1}});
  BOOST_TEST(text.find("orphan   old-1") != std::string::npos);
  BOOST_TEST(text.find("Nothing to do") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
