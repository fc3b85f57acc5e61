#include "core/cli/exit_codes.h"

#include <boost/test/unit_test.hpp>

#include "core/base/file.h"

using namespace consort;
using namespace consort::cli;

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(each_kind_of_error_has_its_code) {
  using base::ErrorKind;
  BOOST_TEST(code_for(ErrorKind::failed) == 1);
  BOOST_TEST(code_for(ErrorKind::invalid) == 3);
  BOOST_TEST(code_for(ErrorKind::not_found) == 4);
  BOOST_TEST(code_for(ErrorKind::unavailable) == 5);
  BOOST_TEST(code_for(ErrorKind::denied) == 6);
  BOOST_TEST(code_for(ErrorKind::conflict) == 7);
  BOOST_TEST(code_for(ErrorKind::unsupported) == 8);
  BOOST_TEST(code_for(ErrorKind::cancelled) == 130);
}

BOOST_AUTO_TEST_CASE(the_page_about_them_says_what_the_program_does) {
  const auto page = base::read_file(CONSORT_SOURCE_DIR "/docs/exit-codes.md");
  BOOST_REQUIRE(page.has_value());
  int documented = 0;
  for (int code = 0; code < 256; ++code) {
    const std::string row = "\n| " + std::to_string(code) + " | ";
    const bool listed = page->find(row) != std::string::npos;
    BOOST_TEST(listed == !meaning(code).empty(), "code " << code);
    if (listed) {
      BOOST_TEST(page->find(row + std::string(meaning(code))) != std::string::npos, row);
      ++documented;
    }
  }
  BOOST_TEST(documented == 11);
}

BOOST_AUTO_TEST_SUITE_END()
