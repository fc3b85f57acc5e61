#include "core/runtime/elf_exports.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "tests/runtime/support.h"

namespace consort::runtime {
namespace {

using test::contains;

std::filesystem::path plugin(std::string_view name) {
  return std::filesystem::path(CONSORT_TEST_PLUGINS) / name;
}

BOOST_AUTO_TEST_SUITE(elf_exports)

BOOST_AUTO_TEST_CASE(every_plugin_built_with_the_sdk_exports_one_symbol) {
  for (const char* name : {"libconsort-probe.so", "libconsort-second.so", "libconsort-bare.so",
                           "libconsort-plainc.so", "libconsort-minimal.so"}) {
    const auto symbols = exported_symbols(plugin(name));
    BOOST_REQUIRE(symbols);
    BOOST_TEST(*symbols == std::vector<std::string>{"consort_runtime_entry_v1"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(more_exports_are_seen) {
  const auto symbols = exported_symbols(plugin("wrong/handshake_extra_export.so"));
  BOOST_REQUIRE(symbols);
  BOOST_TEST(std::count(symbols->begin(), symbols->end(), "stray_symbol") == 1);
  BOOST_TEST(std::count(symbols->begin(), symbols->end(), "another_stray") == 1);
}

BOOST_AUTO_TEST_CASE(anything_else_is_named_for_what_it_is) {
  const test::TempDir folder;
  const auto why = [&](std::string_view content) {
    test::write(folder / "x.so", content);
    const auto symbols = exported_symbols(folder / "x.so");
    BOOST_REQUIRE(!symbols);
    return symbols.error().message();
  };
  BOOST_TEST(contains(why(""), "it is not an ELF file"));
  BOOST_TEST(contains(why("#!/bin/sh\n"), "it is not an ELF file"));
  BOOST_TEST(contains(why("\x7f"
                          "ELF"),
                      "it is not an ELF file"));
  BOOST_TEST(contains(exported_symbols(folder.path()).error().message(), "not a regular file"));
  BOOST_TEST(contains(exported_symbols(folder / "none").error().message(), "No such file"));
}

BOOST_AUTO_TEST_CASE(a_damaged_library_is_an_error_or_a_list_but_never_a_crash) {
  std::ifstream in(plugin("wrong/handshake_good.so"), std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const test::TempDir folder;
  for (std::size_t cut = 0; cut < good.size(); cut += 997) {
    test::write(folder / "x.so", std::string_view(good).substr(0, cut));
    (void)exported_symbols(folder / "x.so");
  }
  const std::size_t sections = good.size() > 4096 ? good.size() - 4096 : 0;
  for (std::size_t at = sections; at < good.size(); at += 7) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(0xff);
    test::write(folder / "x.so", damaged);
    (void)exported_symbols(folder / "x.so");
  }
  BOOST_TEST(!!exported_symbols(plugin("wrong/handshake_good.so")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
