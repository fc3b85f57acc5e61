// Plugins that are wrong in one way each: each disables its runtime with a message that says why.
#include "core/runtime/library.h"
#include "tests/runtime/host_fixture.h"

namespace consort::runtime {
namespace {

using test::contains;

struct Fixture : test::HostFixture {
  // Puts handshake_NAME.so there under a manifest, uses it and returns the error.
  std::string refused(const std::string& name,
                      std::string_view abi = R"({"major":1,"minor_needed":0,"minor_built":0})",
                      std::string_view more = "") {
    const auto library = test::install("wrong/handshake_" + name + ".so", plugins);
    test::write(plugins / "handshake.runtime.json",
                test::manifest_text("handshake", library.filename().string(), abi, more));
    const auto opened = run(runtimes().open("handshake", {}, {"shop.yaml", 12, 14}));
    const std::string message = opened ? "" : opened.error().message();
    if (!opened) {
      BOOST_TEST(message.starts_with("shop.yaml:12:14: runtime \"handshake\" is not available: "));
      BOOST_TEST(!!run(driver("probe").start(task("a"))));  // nobody else is concerned
    }
    run(runtimes().close());
    runtimes_.reset();
    return message;
  }
};

BOOST_FIXTURE_TEST_SUITE(handshake, Fixture)

BOOST_AUTO_TEST_CASE(longer_structs_of_a_newer_build_are_fine) {
  BOOST_TEST(refused("good") == "");
}

BOOST_AUTO_TEST_CASE(one_built_for_a_newer_minor_but_content_with_ours_is_fine) {
  BOOST_TEST(refused("built_for_next", R"({"major":1,"minor_needed":0,"minor_built":1})") == "");
}

BOOST_AUTO_TEST_CASE(one_that_needs_a_newer_minor_names_both) {
  BOOST_TEST(contains(refused("next_minor", R"({"major":1,"minor_needed":1,"minor_built":1})"),
                      "the plugin needs ABI 1.1, this Consort has 1.0: update Consort"));
}

BOOST_AUTO_TEST_CASE(an_older_plugin_loads_in_a_newer_host) {
  Manifest manifest;
  manifest.abi = {1, 0, 0};
  BOOST_TEST(!!check_abi(manifest, {1, 5}));
  manifest.abi = {1, 5, 6};
  BOOST_TEST(!!check_abi(manifest, {1, 5}));
  const auto newer = check_abi(manifest, {1, 4});
  BOOST_REQUIRE(!newer);
  BOOST_TEST(newer.error().message() ==
             "the plugin needs ABI 1.5 (built for 1.6), this Consort has 1.4: update Consort");
  const auto older_major = check_abi(manifest, {2, 0});
  BOOST_REQUIRE(!older_major);
  BOOST_TEST(contains(older_major.error().message(), "this Consort has 2.0: update the plugin"));
}

BOOST_AUTO_TEST_CASE(another_major_has_another_symbol) {
  BOOST_TEST(contains(refused("next_major"),
                      "is for another major of the ABI: it exports consort_runtime_entry_v2, not "
                      "consort_runtime_entry_v1"));
  BOOST_TEST(contains(refused("next_major", R"({"major":2,"minor_needed":0,"minor_built":0})"),
                      "the plugin needs ABI 2.0, this Consort has 1.0"));
  BOOST_TEST(contains(refused("other_major_inside"), "its ABI major is '2'"));
}

BOOST_AUTO_TEST_CASE(a_library_without_the_symbol_is_no_plugin) {
  BOOST_TEST(contains(refused("no_entry"),
                      "is not a runtime plugin: it does not export "
                      "consort_runtime_entry_v1"));
}

BOOST_AUTO_TEST_CASE(a_text_file_is_no_plugin) {
  test::write(plugins / "handshake.so", "#!/bin/sh\nexit 0\n");
  test::write(plugins / "handshake.runtime.json", test::manifest_text("handshake", "handshake.so"));
  const auto used = runtimes().use("handshake", {}, {});
  BOOST_REQUIRE(!used);
  BOOST_TEST(contains(used.error().message(), "is not a shared library: it is not an ELF file"));
}

BOOST_AUTO_TEST_CASE(more_exports_are_refused_by_name) {
  BOOST_TEST(contains(refused("extra_export"),
                      "exports more than consort_runtime_entry_v1: another_stray, stray_symbol"));
}

BOOST_AUTO_TEST_CASE(shorter_structs_than_the_first_abi_had_are_incomplete) {
  BOOST_TEST(contains(refused("small_entry"), "the plugin's entry is incomplete"));
  BOOST_TEST(contains(refused("small_descriptor"), "the plugin's descriptor is incomplete"));
  BOOST_TEST(contains(refused("incomplete"), "table of functions is incomplete"));
  BOOST_TEST(contains(refused("no_runtime"), "could not create it"));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_not_the_manifests_is_refused) {
  BOOST_TEST(contains(refused("good", R"({"major":1,"minor_needed":0,"minor_built":0})",
                              R"(, "features": ["consort.exec/1"])"),
                      "its list of features is '', its manifest says 'consort.exec/1'"));
  const auto library = test::install("wrong/handshake_good.so", plugins);
  test::write(plugins / "other.runtime.json",
              test::manifest_text("other", library.filename().string()));
  const auto used = runtimes().use("other", {}, {});
  BOOST_REQUIRE(!used);
  BOOST_TEST(
      contains(used.error().message(), "its name is 'handshake', its manifest says 'other'"));
}

BOOST_AUTO_TEST_CASE(the_loaders_own_words_are_kept) {
  BOOST_TEST(contains(refused("needs_library"),
                      "cannot load it: libmissing_dependency.so: cannot open shared object file"));
  BOOST_TEST(contains(refused("unresolved"), "undefined symbol: function_that_nobody_has"));
}

BOOST_AUTO_TEST_CASE(one_writable_by_others_is_refused_by_its_path) {
  ::chmod((plugins / "libconsort-probe.so").c_str(), 0777);
  const auto used = runtimes().use("probe", {}, {"shop.yaml", 3, 5});
  BOOST_REQUIRE(!used);
  BOOST_TEST(used.error().message() == "shop.yaml:3:5: runtime \"probe\" is not available: " +
                                           (plugins / "libconsort-probe.so").string() +
                                           " is writable by everybody: chmod o-w it");
}

BOOST_AUTO_TEST_CASE(a_runtime_in_c_alone_works) {
  Driver& plain = driver("plainc");
  const auto started = run(plain.start(task("a")));
  BOOST_REQUIRE(started);
  BOOST_TEST(started->pid == 4711);
  BOOST_TEST((run(plain.attach(task("a"), ""))->presence == Presence::running));
  BOOST_TEST(!run(plain.remove("a", Removal::ended)));
  BOOST_TEST(!!run(plain.stop("a", "", {})));
  BOOST_TEST((run(plain.attach(task("a"), ""))->presence == Presence::gone));
  BOOST_TEST(!!run(plain.start(task("b", {"exit", "5"}))));
  until([&] { return sink.has("exited b 5"); });
  BOOST_TEST(sink.has("exited a 0"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
