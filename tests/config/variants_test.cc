// Blocks of a service for one runtime each.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;

namespace {

constexpr const char* both =
    "services:\n"
    "  a:\n"
    "    image: i\n"
    "    command: [serve]\n"
    "    environment: {A: 1, B: 1}\n"
    "    variants:\n"
    "      process: {binary: ./a, environment: [B=2]}\n"
    "      docker: {command: [in-container]}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(variants)

BOOST_AUTO_TEST_CASE(the_block_of_the_runtime_is_laid_over_the_service) {
  Stack stack(both);
  BOOST_TEST(joined(stack.service("a").argv) == "in-container");
  BOOST_TEST(stack.service("a").environment.at("B") == "1");
  stack.folder.write("consort.override.yaml", "services: {a: {runtime: native}}");
  BOOST_TEST(joined(stack.service("a").argv) == "./a");
  BOOST_TEST(stack.service("a").environment.at("A") == "1");
  BOOST_TEST(stack.service("a").environment.at("B") == "2");
}

BOOST_AUTO_TEST_CASE(blocks_merge_over_files) {
  Stack stack(both);
  stack.folder.write("consort.override.yaml",
                     "services: {a: {runtime: process, variants: {process: {user: u}}}}");
  BOOST_TEST(joined(stack.service("a").argv) == "./a");
  BOOST_TEST(spec(stack.service("a"), "user") == R"("u")");
}

BOOST_AUTO_TEST_CASE(paths_of_a_block_start_at_its_file) {
  Stack stack("services: {a: {extends: {file: sub/b.yaml, service: b}}}");
  stack.folder.write("sub/b.yaml",
                     "services: {b: {image: i, variants: {container: {env_file: b.env}}}}");
  stack.folder.write("sub/b.env", "X=1");
  BOOST_TEST(stack.service("a").environment.at("X") == "1");
}

BOOST_AUTO_TEST_CASE(a_block_of_no_runtime_is_an_error) {
  BOOST_TEST(Stack("services: {a: {command: a, variants: {proces: {user: u}}}}")
                 .errors()
                 .starts_with("consort.yaml:1:39: cannot read services.a.variants.proces: unknown "
                              "runtime \"proces\" (did you mean \"process\"?)"));
}

BOOST_AUTO_TEST_CASE(a_block_cannot_choose_the_runtime_again) {
  BOOST_TEST(
      Stack("services: {a: {command: a, variants: {process: {runtime: docker}}}}").errors() ==
      "consort.yaml:1:49: cannot read services.a.variants.process.runtime: a variant cannot "
      "set it");
}

BOOST_AUTO_TEST_SUITE_END()
