#include "core/runtime/registry.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/runtime/support.h"

namespace consort::runtime {
namespace {

using State = FoundRuntime::State;
using test::contains;

struct Folders {
  Folders() {
    test::make_folder(first);
    test::make_folder(second);
  }
  Registry find() const { return Registry::find({first, temp / "none", second}, ::geteuid()); }

  test::TempDir temp;
  std::filesystem::path first = temp / "first";
  std::filesystem::path second = temp / "second";
};

BOOST_FIXTURE_TEST_SUITE(registry, Folders)

BOOST_AUTO_TEST_CASE(what_is_there_is_found_without_running_it) {
  test::install_runtime("probe", first);
  const auto registry = find();
  BOOST_REQUIRE(registry.all().size() == 1u);
  const FoundRuntime& found = registry.all().front();
  BOOST_TEST(found.reason == "");
  BOOST_TEST((found.state == State::usable));
  BOOST_TEST(found.name == "probe");
  BOOST_TEST(found.library == first / "libconsort-probe.so");
  BOOST_TEST(found.manifest_path == first / "probe.runtime.json");
  BOOST_TEST(registry.lookup("probe") == &found);
}

BOOST_AUTO_TEST_CASE(the_first_wins_and_the_second_is_shadowed) {
  test::install_runtime("probe", first);
  test::install_runtime("probe", second);
  const auto registry = find();
  BOOST_REQUIRE(registry.all().size() == 2u);
  BOOST_TEST((registry.all()[1].state == State::shadowed));
  BOOST_TEST(registry.all()[1].reason == "by " + (first / "probe.runtime.json").string());
  BOOST_TEST(registry.lookup("probe")->library == first / "libconsort-probe.so");
}

BOOST_AUTO_TEST_CASE(a_refused_first_one_does_not_fall_through) {
  test::install_runtime("probe", first);
  test::install_runtime("probe", second);
  ::chmod((first / "libconsort-probe.so").c_str(), 0777);
  const auto registry = find();
  const FoundRuntime* found = registry.lookup("probe");
  BOOST_REQUIRE(found);
  BOOST_TEST((found->state == State::refused));
  BOOST_TEST(contains(found->reason,
                      (first / "libconsort-probe.so").string() + " is writable by everybody"));
}

BOOST_AUTO_TEST_CASE(a_manifest_writable_by_others_is_not_read) {
  test::install_runtime("probe", first);
  ::chmod((first / "probe.runtime.json").c_str(), 0666);
  const auto registry = find();
  BOOST_TEST((registry.lookup("probe")->state == State::refused));
  BOOST_TEST(registry.lookup("probe")->manifest.runtime == "");
}

BOOST_AUTO_TEST_CASE(each_reason_to_refuse_is_told) {
  const auto reason = [&](std::string_view name, std::string_view text) {
    const auto path = first / (std::string(name) + ".runtime.json");
    test::write(path, text);
    const auto registry = find();
    const FoundRuntime* found = registry.lookup(name);
    BOOST_REQUIRE(found);
    BOOST_TEST((found->state == State::refused));
    return found->reason;
  };
  BOOST_TEST(contains(reason("broken", "{"), "not JSON"));
  BOOST_TEST(contains(reason("absent", test::manifest_text("absent", "absent.so")),
                      "cannot open " + (first / "absent.so").string() + ": No such file"));
  test::write(first / "text.so", "this is no library");
  BOOST_TEST(contains(reason("text", test::manifest_text("text", "text.so")),
                      "text.so is not a shared library: it is not an ELF file"));
  BOOST_TEST(contains(
      reason("newer", test::manifest_text("newer", "text.so",
                                          R"({"major":1,"minor_needed":9,"minor_built":9})")),
      "needs ABI 1.9, this Consort has 1.0: update Consort"));
}

BOOST_AUTO_TEST_CASE(an_alias_finds_it_and_a_name_goes_before_an_alias) {
  test::install("libconsort-probe.so", first);
  test::install("libconsort-second.so", first);
  test::write(first / "probe.runtime.json",
              test::manifest_text("probe", "libconsort-probe.so",
                                  R"({"major":1,"minor_needed":0,"minor_built":0})",
                                  R"(, "aliases": ["sonde", "second"])"));
  test::write(first / "second.runtime.json", test::manifest_text("second", "libconsort-second.so"));
  const auto registry = find();
  BOOST_TEST(registry.lookup("sonde")->name == "probe");
  BOOST_TEST(registry.lookup("second")->name == "second");
  BOOST_TEST(registry.lookup("third") == nullptr);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_gets_the_nearest_and_the_list) {
  test::install_runtime("probe", first);
  test::install_runtime("second", second);
  BOOST_TEST(find().not_installed("prope").message() ==
             "there is no such runtime; did you mean 'probe'?; installed are probe, second");
  BOOST_TEST(
      contains(find().not_installed("container").message(), "install the package consort-docker"));
  BOOST_TEST(Registry::find({}, 0).not_installed("x").message() ==
             "there is no such runtime; none is installed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
