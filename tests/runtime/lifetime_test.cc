// Loading, quarantine and shutdown.
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <thread>

#include "tests/runtime/host_fixture.h"

namespace consort::runtime {
namespace {

using base::ErrorKind;
using test::contains;

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

BOOST_FIXTURE_TEST_SUITE(lifetime, test::HostFixture)

BOOST_AUTO_TEST_CASE(only_what_is_used_is_loaded) {
  const std::size_t before = threads_of_this_process();
  BOOST_TEST(runtimes().registry().all().size() == 5u);
  BOOST_TEST(runtimes().loaded("probe") == nullptr);
  driver("probe");
  BOOST_TEST(threads_of_this_process() == before + 1);
  BOOST_TEST(runtimes().loaded("probe") == &driver("probe"));
  BOOST_TEST(runtimes().loaded("second") == nullptr);
}

BOOST_AUTO_TEST_CASE(init_gets_settings_project_and_its_own_folders) {
  const auto started = run(driver("probe", {{"color", "red"}}).start(task("a", {"config"})));
  BOOST_REQUIRE(started);
  const auto config = boost::json::parse(started->handle).as_object();
  BOOST_TEST(config.at("settings").at("color").as_string() == "red");
  BOOST_TEST(config.at("project").as_string() == "shop");
  for (const char* folder : {"state_dir", "runtime_dir"}) {
    struct stat info {};
    BOOST_REQUIRE(::stat(config.at(folder).as_string().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777) == 0700u);
    BOOST_TEST(config.at(folder).as_string().ends_with("/probe"));
  }
}

BOOST_AUTO_TEST_CASE(a_refusing_init_disables_its_runtime_only_and_stays) {
  Driver& probe = driver("probe", {{"refuse", true}});
  const std::string cause = "runtime \"probe\" is not available: the backend is on holiday";
  const auto started = run(probe.start(task("a")));
  BOOST_REQUIRE(!started);
  BOOST_TEST(started.error().message() == "shop.yaml:3:5: " + cause);
  const auto again = runtimes().use("probe", {}, {"other.yaml", 12, 14});
  BOOST_REQUIRE(!again);
  BOOST_TEST(again.error().message() == "other.yaml:12:14: " + cause);
  BOOST_TEST(runtimes().loaded("probe") == nullptr);
  BOOST_TEST(!!run(driver("second").start(task("b"))));
}

BOOST_AUTO_TEST_CASE(open_waits_for_init) {
  const auto refused = run(runtimes().open("probe", {{"refuse", true}}, {"shop.yaml", 1, 2}));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(contains(refused.error().message(), "shop.yaml:1:2: runtime \"probe\""));
  const auto opened = run(runtimes().open("second", {}, {}));
  BOOST_REQUIRE(opened);
  BOOST_TEST((*opened)->name() == "second");
}

BOOST_AUTO_TEST_CASE(a_throwing_init_is_told_with_its_words) {
  const auto opened = run(runtimes().open("probe", {{"throw", true}}, {}));
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().message() == "runtime \"probe\" is not available: init threw");
}

BOOST_AUTO_TEST_CASE(an_init_that_blocks_is_given_up) {
  limits.init = std::chrono::milliseconds(50);
  test::Gate gate(temp / "gate");
  const auto opened = run(runtimes().open("probe", {{"block", gate.path()}}, {}));
  BOOST_REQUIRE(!opened);
  BOOST_TEST(contains(opened.error().message(), "its init has not returned after 50ms"));
  BOOST_TEST(!!run(driver("second").start(task("b"))));
}

BOOST_AUTO_TEST_CASE(operations_wait_for_an_init_that_takes_its_time) {
  test::Gate gate(temp / "gate");
  Driver& probe = driver("probe", {{"block", gate.path()}});
  std::optional<Result<Started>> started;
  asio::co_spawn(core, probe.start(task("a")),
                 [&](std::exception_ptr, Result<Started> result) { started = result; });
  BOOST_TEST(!!run(driver("second").start(task("b"))));
  BOOST_TEST(!started);
  gate.release();
  until([&] { return started.has_value(); });
  BOOST_TEST(!!*started);
}

BOOST_AUTO_TEST_CASE(an_unknown_runtime_is_told_at_its_place) {
  const auto used = runtimes().use("prope", {}, {"shop.yaml", 3, 5});
  BOOST_REQUIRE(!used);
  BOOST_TEST(
      contains(used.error().message(),
               "shop.yaml:3:5: runtime \"prope\" is not available: there is no such runtime; "
               "did you mean 'probe'?"));
  BOOST_TEST((used.error().kind() == ErrorKind::not_found));
}

BOOST_AUTO_TEST_CASE(close_completes_what_is_pending_and_ends_the_threads) {
  const std::size_t before = threads_of_this_process();
  std::optional<Result<Started>> kept;
  asio::co_spawn(core, driver("probe").start(task("a", {"keep"})),
                 [&](std::exception_ptr, Result<Started> result) { kept = result; });
  (void)run(driver("second").start(task("b")));
  until([&] { return runtimes().pending().size() == 1; });
  BOOST_TEST(threads_of_this_process() == before + 2);
  run(runtimes().close());
  until([&] { return kept.has_value(); });
  BOOST_TEST(!*kept);
  BOOST_TEST(threads_of_this_process() == before);
  runtimes_.reset();
}

BOOST_AUTO_TEST_CASE(the_host_completes_what_a_plugin_in_c_forgot) {
  // It has no wrapper that would do it.
  std::optional<Result<Started>> forgotten;
  asio::co_spawn(core, driver("plainc").start(task("a", {"forget"})),
                 [&](std::exception_ptr, Result<Started> result) { forgotten = result; });
  until([&] { return runtimes().pending().size() == 1; });
  run(runtimes().close());
  until([&] { return forgotten.has_value(); });
  BOOST_REQUIRE(!*forgotten);
  BOOST_TEST(forgotten->error().message() == "the runtime was shut down before it answered");
  runtimes_.reset();
}

BOOST_AUTO_TEST_CASE(a_plugin_that_hangs_is_left_behind) {
  limits.destroy = std::chrono::milliseconds(50);
  test::Gate gate(temp / "gate");
  std::optional<Result<Started>> blocked;
  asio::co_spawn(core, driver().start(task("a", {"block", gate.path()})),
                 [&](std::exception_ptr, Result<Started> result) { blocked = result; });
  until([&] { return !runtimes().pending().empty(); });
  run(runtimes().close());
  until([&] { return blocked.has_value(); });
  BOOST_REQUIRE(!*blocked);
  BOOST_TEST(contains(blocked->error().message(), "shut down before it answered"));
  BOOST_TEST(logged("left behind"));
  runtimes_.reset();
  const std::size_t threads = threads_of_this_process();
  gate.release();
  // It ends on its own and tells nobody.
  while (threads_of_this_process() == threads) std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(without_close_the_destructor_ends_the_plugins) {
  const std::size_t before = threads_of_this_process();
  (void)run(driver("probe").start(task("a")));
  runtimes_.reset();
  BOOST_TEST(threads_of_this_process() == before);
}

BOOST_AUTO_TEST_CASE(loading_and_ending_again_and_again_leaks_neither_threads_nor_descriptors) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  const auto once = [&] {
    (void)run(driver("probe").start(task("a", {"exit-in-timer"})));
    until([&] { return sink.has("exited a 137"); });
    sink.told.clear();
    run(runtimes().close());
    runtimes_.reset();
  };
  once();
  const auto fds = descriptors();
  const auto threads = threads_of_this_process();
  for (int i = 0; i < 50; ++i) once();
  BOOST_TEST(descriptors() == fds);
  BOOST_TEST(threads_of_this_process() == threads);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
