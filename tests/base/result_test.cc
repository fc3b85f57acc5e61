#include "core/base/result.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

using namespace consort::base;

namespace {

Result<std::string> text(bool good) {
  if (!good) return Error(ErrorKind::denied, "cannot do it: because");
  return "good";
}

Result<void> outer() {
  if (auto inner = text(false); !inner) return inner.error().wrap("cannot go on");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(result)

BOOST_AUTO_TEST_CASE(a_string_is_a_value_and_not_an_error) {
  const auto good = text(true);
  BOOST_REQUIRE(good);
  BOOST_TEST(*good == "good");
  BOOST_TEST(good.error().message() == "");
}

BOOST_AUTO_TEST_CASE(wrapping_keeps_the_kind_and_adds_the_level) {
  const auto failed = outer();
  BOOST_REQUIRE(!failed);
  BOOST_TEST((failed.error().kind() == ErrorKind::denied));
  BOOST_TEST(failed.error().message() == "cannot go on: cannot do it: because");
}

BOOST_AUTO_TEST_CASE(holds_values_that_only_move) {
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(owner);
  BOOST_TEST(*taken == 7);
}

BOOST_AUTO_TEST_CASE(an_unchecked_error_is_a_bug_that_says_what_it_was) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(text(false).value()), std::logic_error,
                        [](const std::logic_error& e) {
                          return std::string(e.what()).find("because") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
