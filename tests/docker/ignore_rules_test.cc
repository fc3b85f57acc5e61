#include "plugins/docker/ignore_rules.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_ignore_rules)

BOOST_AUTO_TEST_CASE(patterns_match_as_dockers) {
  const struct {
    const char *pattern, *path;
    bool matches;
  } cases[] = {
      {"a", "a", true},
      {"a", "ab", false},
      {"*", "a", true},
      {"*", "a/b", false},
      {"*.go", "x.go", true},
      {"*.go", "d/x.go", false},
      {"**/*.go", "x.go", true},
      {"**/*.go", "a/b/x.go", true},
      {"**/*.go", "a/xgo", false},
      {"**", "a/b/c", true},
      {"a/**", "a/b/c", true},
      {"a/**", "b/c", false},
      {"a/**/z", "a/z", true},
      {"a/**/z", "a/b/c/z", true},
      {"**/foo", "barfoo", false},
      {"a?c", "abc", true},
      {"a?c", "a/c", false},
      {"[a-c]x", "bx", true},
      {"[^a-c]x", "bx", false},
      {"[a-c]x", "dx", false},
      {"a\\*", "a*", true},
      {"a\\*", "ab", false},
      {"**file", "dir/file", true},
  };
  for (const auto& one : cases) {
    BOOST_TEST(matches_glob(one.pattern, one.path) == one.matches,
               one.pattern << " and " << one.path);
  }
}

BOOST_AUTO_TEST_CASE(the_last_rule_that_matches_counts) {
  const IgnoreRules rules("# comment\n\n*.md\n!README*.md\nREADME-secret.md\n");
  BOOST_TEST(rules.ignored("CHANGES.md"));
  BOOST_TEST(!rules.ignored("README.md"));
  BOOST_TEST(rules.ignored("README-secret.md"));
  BOOST_TEST(!rules.ignored("sub/CHANGES.md"));
}

BOOST_AUTO_TEST_CASE(a_folder_takes_all_below_it_along) {
  const IgnoreRules rules("/node_modules/\ntemp\n!temp/keep\n");
  BOOST_TEST(rules.ignored("node_modules/a/b"));
  BOOST_TEST(rules.ignored("temp/x"));
  BOOST_TEST(!rules.ignored("temp/keep"));
  BOOST_TEST(!rules.ignored("temp/keep/y"));
  BOOST_TEST(rules.ignored_whole("node_modules"));
  BOOST_TEST(!rules.ignored_whole("temp"));
  BOOST_TEST(!rules.ignored_whole("src"));
}

BOOST_AUTO_TEST_CASE(without_a_file_nothing_is_ignored) {
  BOOST_TEST(!IgnoreRules().ignored("a"));
  BOOST_TEST(!IgnoreRules("  \n./\n").ignored("a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
