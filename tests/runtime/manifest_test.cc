#include "core/runtime/manifest.h"

#include <boost/test/unit_test.hpp>

#include "tests/runtime/support.h"

namespace consort::runtime {
namespace {

using test::contains;

const char* const whole = R"({
  "manifest": 1, "runtime": "podman", "aliases": ["pod"], "version": "2.1",
  "abi": {"major": 1, "minor_needed": 2, "minor_built": 3},
  "library": "libconsort-podman.so", "features": ["consort.exec/1"], "description": "Pods",
  "service_schema": {"type": "object"}, "settings_schema": {"type": "object"},
  "from_the_future": [1]
})";

std::string error_of(std::string text) {
  const auto manifest = parse_manifest(text);
  BOOST_REQUIRE(!manifest);
  return manifest.error().message();
}
std::string with(std::string_view from, std::string_view to) {
  std::string text = whole;
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

BOOST_AUTO_TEST_SUITE(manifest)

BOOST_AUTO_TEST_CASE(all_of_it_is_read_and_unknown_members_are_ignored) {
  const auto manifest = parse_manifest(whole);
  BOOST_REQUIRE(manifest);
  BOOST_TEST(manifest->runtime == "podman");
  BOOST_TEST(manifest->aliases == std::vector<std::string>{"pod"},
             boost::test_tools::per_element());
  BOOST_TEST(manifest->version == "2.1");
  BOOST_TEST(manifest->abi.major == 1u);
  BOOST_TEST(manifest->abi.minor_needed == 2u);
  BOOST_TEST(manifest->abi.minor_built == 3u);
  BOOST_TEST(manifest->library == "libconsort-podman.so");
  BOOST_TEST(manifest->features.at(0) == "consort.exec/1");
  BOOST_TEST(manifest->service_schema.contains("type"));
  BOOST_TEST(manifest->settings_schema.contains("type"));
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_placed) {
  BOOST_TEST(contains(error_of("{\n  \"manifest\": 1,\n  oops\n}"), "line 3, column 3: not JSON"));
  BOOST_TEST(contains(error_of("{} x"), "line 1, column 4: not JSON"));
  BOOST_TEST(contains(error_of(""), "line 1, column 1: not JSON"));
  BOOST_TEST(contains(error_of("{\"a\": 1"), "not JSON"));
  BOOST_TEST(error_of("[]") == "must be a JSON object");
}

BOOST_AUTO_TEST_CASE(a_wrong_member_is_named) {
  BOOST_TEST(error_of("{}") == "/manifest: is missing");
  BOOST_TEST(error_of(with("\"manifest\": 1", "\"manifest\": 2")) ==
             "/manifest: is 2, this Consort reads 1");
  BOOST_TEST(error_of(with("\"major\": 1", "\"major\": \"1\"")) ==
             "/abi/major: must be a whole number");
  BOOST_TEST(error_of(with("\"major\": 1", "\"major\": -1")) ==
             "/abi/major: must be a whole number");
  BOOST_TEST(error_of(with("\"minor_built\": 3", "\"minor_built\": 1")) ==
             "/abi/minor_built: must not be below minor_needed");
  BOOST_TEST(error_of(with("[\"consort.exec/1\"]", "[1]")) ==
             "/features: must be a list of strings");
  BOOST_TEST(error_of(with("{\"type\": \"object\"}", "3")) == "/service_schema: must be an object");
  BOOST_TEST(contains(error_of(with("podman\", \"al", "Pod man\", \"al")), "/runtime: must be of"));
  BOOST_TEST(contains(error_of(with("[\"pod\"]", "[\"\"]")), "/aliases: '' must be of"));
}

BOOST_AUTO_TEST_CASE(the_library_is_beside_the_manifest) {
  for (const char* library : {"../evil.so", "/evil.so", "sub/evil.so", ""}) {
    BOOST_TEST(error_of(with("libconsort-podman.so", library)) ==
               "/library: must be the name of a file beside the manifest");
  }
}

BOOST_AUTO_TEST_CASE(the_file_has_the_name_of_the_runtime) {
  const test::TempDir folder;
  test::write(folder / "docker.runtime.json", whole);
  const auto manifest = read_manifest(folder / "docker.runtime.json");
  BOOST_REQUIRE(!manifest);
  BOOST_TEST(manifest.error().message() ==
             "cannot read the manifest " + (folder / "docker.runtime.json").string() +
                 ": /runtime: is 'podman', which is not the file's name");
  test::write(folder / "podman.runtime.json", whole);
  BOOST_TEST(!!read_manifest(folder / "podman.runtime.json"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
