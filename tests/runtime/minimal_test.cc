// The SDK's example, as a plugin's author would have it.
#include "tests/runtime/host_fixture.h"

namespace consort::runtime {
namespace {

using test::contains;

struct Fixture : test::HostFixture {
  Result<Started> shell(std::string instance, std::string script) {
    Task given = task(std::move(instance), {"/bin/sh", "-c", std::move(script)});
    given.environment = {{"PATH", "/usr/bin:/bin"}, {"WORD", "from the environment"}};
    given.service.working_dir = "/usr";
    return run(driver("minimal").start(std::move(given)));
  }
};

BOOST_FIXTURE_TEST_SUITE(minimal, Fixture)

BOOST_AUTO_TEST_CASE(a_process_runs_and_its_output_and_exit_are_told) {
  const auto started = shell("a", "echo \"$WORD\"; pwd >&2; printf 'no newline'; exit 43");
  BOOST_REQUIRE(started);
  BOOST_TEST(started->pid > 0);
  until([&] { return sink.has("exited a 43"); });
  BOOST_TEST(
      store.stored() == (std::vector<std::string>{"from the environment", "/usr", "no newline"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stop_ends_the_group_and_completes_after_it) {
  BOOST_REQUIRE(shell("a", "sleep 1000 & echo up; wait"));
  until([&] { return store.stored().size() == 1; });
  BOOST_TEST(!!run(driver("minimal").stop("a", "", std::chrono::seconds(60))));
  BOOST_TEST(!!run(driver("minimal").stop("a", "", {})));
  until([&] { return sink.has("exited a 143"); });
  BOOST_TEST(!!run(driver("minimal").remove("a", Removal::ended)));
}

BOOST_AUTO_TEST_CASE(what_ignores_the_signal_is_killed_after_the_grace) {
  BOOST_REQUIRE(shell("a", "trap '' TERM; echo up; while :; do sleep 1000; done"));
  until([&] { return store.stored().size() == 1; });
  BOOST_TEST(!run(driver("minimal").remove("a", Removal::ended)));
  BOOST_TEST(!!run(driver("minimal").stop("a", "", std::chrono::milliseconds(10))));
  until([&] { return sink.has("exited a 137"); });
}

BOOST_AUTO_TEST_CASE(what_cannot_run_is_an_error) {
  const auto started = run(driver("minimal").start(task("a", {"/nonexistent/program"})));
  BOOST_REQUIRE(!started);
  BOOST_TEST(contains(started.error().message(), "No such file"));
  BOOST_TEST((run(driver("minimal").attach(task("a"), ""))->presence == Presence::gone));
}

BOOST_AUTO_TEST_CASE(a_full_store_holds_the_process_back_and_nothing_is_lost) {
  store.room = 5;
  BOOST_REQUIRE(shell("a", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"));
  until([&] { return store.stored().size() == 5; });
  BOOST_TEST(!!run(driver("minimal").start(task("b", {"/bin/true"}))));
  store.make_room("a", 1000000);
  until([&] { return sink.has("exited a 0"); });
  BOOST_REQUIRE(store.stored().size() == 20000u);
  BOOST_TEST(store.stored().back() == "line 19999");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
