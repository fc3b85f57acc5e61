#include "core/cli/copy_paths.h"

#include <boost/test/unit_test.hpp>

using namespace consort::cli;

namespace {

// "DIRECTORY + NAME", or the error.
std::string lands(std::string_view source, Present at_source, std::string_view destination,
                  Present at_destination) {
  const auto found = landing(source, at_source, destination, at_destination);
  return found ? found->directory + " + " + found->name : found.error().message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copy_paths)

BOOST_AUTO_TEST_CASE(a_service_is_before_the_first_colon) {
  BOOST_TEST(parse_copy_place("web:/etc").service == "web");
  BOOST_TEST(parse_copy_place("web:/a:b").path == "/a:b");
  for (const char* local : {"/a:b", "./a:b", "../a:b", "plain", ":x"}) {
    BOOST_TEST(parse_copy_place(local).service == "");
    BOOST_TEST(parse_copy_place(local).path == local);
  }
  BOOST_TEST(parse_copy_place("-").is_stream());
  BOOST_TEST(!parse_copy_place("web:-").is_stream());
}

BOOST_AUTO_TEST_CASE(into_a_folder_goes_the_source_by_its_name) {
  BOOST_TEST(lands("/a/b", Present::file, "/d", Present::directory) == "/d + b");
  BOOST_TEST(lands("/a/b/", Present::directory, "/d/", Present::directory) == "/d/ + b");
  BOOST_TEST(lands("/a/b/.", Present::directory, "/d", Present::directory) == "/d + ");
  BOOST_TEST(lands(".", Present::directory, "/d", Present::directory) == "/d + ");
}

BOOST_AUTO_TEST_CASE(else_it_becomes_the_destination) {
  BOOST_TEST(lands("a", Present::file, "/d/e", Present::file) == "/d + e");
  BOOST_TEST(lands("a", Present::file, "e", Present::nothing) == ". + e");
  BOOST_TEST(lands("a", Present::directory, "/e/", Present::nothing) == "/ + e");
  BOOST_TEST(lands("a/.", Present::directory, "/d/e", Present::nothing) == "/d + e");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_said) {
  BOOST_TEST(lands("a", Present::directory, "/e", Present::file) ==
             "/e is a file, and the source a directory");
  BOOST_TEST(lands("a", Present::file, "/e/", Present::nothing) == "there is no directory /e/");
  BOOST_TEST(lands("a", Present::nothing, "/e", Present::directory) == "there is no a");
}

BOOST_AUTO_TEST_SUITE_END()
