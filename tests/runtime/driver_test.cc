// The host with a plugin: operations complete exactly once, exits are told once and in order.
#include <boost/asio/bind_cancellation_slot.hpp>

#include "tests/runtime/host_fixture.h"

namespace consort::runtime {
namespace {

using base::ErrorKind;
using test::contains;

BOOST_FIXTURE_TEST_SUITE(driver, test::HostFixture)

BOOST_AUTO_TEST_CASE(a_start_gives_handle_and_pid) {
  const auto started = start("a");
  BOOST_REQUIRE(started);
  BOOST_TEST(started->handle == "handle of a");
  BOOST_TEST(started->pid == 1234);
}

BOOST_AUTO_TEST_CASE(the_whole_task_arrives) {
  Task given = task("a", {"task", "x y"});
  given.index = 2;
  given.environment = {{"A", "1"}, {"B", "two words"}};
  given.service.working_dir = "/srv";
  given.service.stop_signal = "SIGINT";
  given.service.stop_grace_period = std::chrono::milliseconds(1500);
  given.service.spec = {{"binary", "./web"}};
  const auto started = run(driver().start(std::move(given)));
  BOOST_REQUIRE(started);
  BOOST_TEST(started->handle ==
             "web|2|/srv|task|x y|A=1|B=two words|SIGINT|1500|{\"binary\":\"./web\"}");
}

BOOST_AUTO_TEST_CASE(a_throwing_handler_is_an_error_with_its_words) {
  const auto started = start("a", {"throw"});
  BOOST_REQUIRE(!started);
  BOOST_TEST(started.error().message() == "start threw on purpose");
  BOOST_TEST((started.error().kind() == ErrorKind::failed));
  BOOST_TEST(!start("b", {"throw-number"}));
}

BOOST_AUTO_TEST_CASE(a_thrown_error_keeps_its_status) {
  const auto started = start("a", {"throw-error"});
  BOOST_REQUIRE(!started);
  BOOST_TEST((started.error().kind() == ErrorKind::invalid));
  BOOST_TEST(started.error().message() == "a bad setting");
}

BOOST_AUTO_TEST_CASE(an_exception_completes_even_an_operation_that_was_kept) {
  const auto started = start("a", {"throw-kept"});
  BOOST_REQUIRE(!started);
  BOOST_TEST(started.error().message() == "threw after it was kept");
}

BOOST_AUTO_TEST_CASE(an_exception_after_the_completion_changes_nothing_and_is_logged) {
  BOOST_TEST(start("a", {"throw-late"})->handle == "late");
  until([&] { return logged("threw after it was complete"); });
}

BOOST_AUTO_TEST_CASE(a_dropped_operation_completes_itself) {
  const auto now = start("a", {"drop"});
  BOOST_REQUIRE(!now);
  BOOST_TEST(now.error().message() == "the plugin lost the operation without completing it");
  const auto later = start("b", {"drop-later"});
  BOOST_REQUIRE(!later);
  BOOST_TEST(later.error().message() == now.error().message());
}

BOOST_AUTO_TEST_CASE(the_first_of_two_completions_counts_and_the_second_is_logged) {
  BOOST_TEST(start("a", {"twice"})->handle == "first");
  until([&] { return logged("twice"); });
  BOOST_TEST(start("b", {"twice-wrapped"})->handle == "first");
}

BOOST_AUTO_TEST_CASE(a_completion_that_nobody_asked_for_is_logged) {
  BOOST_TEST(!!start("a", {"stray"}));
  until([&] { return logged("operation 999999, which nobody asked for"); });
}

BOOST_AUTO_TEST_CASE(structs_of_other_minors_are_read_as_far_as_both_know_them) {
  const auto large = start("a", {"large"});
  BOOST_REQUIRE(large);
  BOOST_TEST(large->handle == "large");
  BOOST_TEST(large->pid == 99);
  const auto small = start("b", {"small"});
  BOOST_REQUIRE(small);
  BOOST_TEST(small->handle == "small");
  BOOST_TEST(small->pid == 0);
}

BOOST_AUTO_TEST_CASE(an_operation_may_complete_on_another_thread) {
  BOOST_TEST(start("a", {"thread"})->handle == "threaded");
}

BOOST_AUTO_TEST_CASE(an_exit_before_the_start_completes_is_held_back_and_told_once) {
  driver();
  std::vector<std::string> order;
  run([](Driver& probe, Task given, test::Sink& told,
         std::vector<std::string>& seen) -> asio::awaitable<void> {
    const auto started = co_await probe.start(std::move(given));
    BOOST_REQUIRE(started);
    seen = told.told;
  }(driver(), task("a", {"exit-first"}), sink, order));
  BOOST_TEST(order.empty());  // the start was known first
  until([&] { return sink.has("exited a 7"); });
  (void)run(driver().stop("a", "", {}));  // tells it again
  (void)start("b");
  BOOST_TEST(sink.told == std::vector<std::string>{"exited a 7"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exit_of_a_failed_start_is_not_told) {
  BOOST_TEST(!start("a", {"exit-then-fail"}));
  (void)start("b");
  BOOST_TEST(sink.told.empty());
}

BOOST_AUTO_TEST_CASE(an_exit_is_told_when_it_happens) {
  BOOST_TEST(!!start("a", {"exit-in-timer"}));
  until([&] { return sink.has("exited a 137"); });
}

BOOST_AUTO_TEST_CASE(stop_passes_signal_and_grace) {
  (void)start("a");
  BOOST_TEST(!!run(driver().stop("a", "SIGINT", std::chrono::microseconds(1500))));
  until([&] { return sink.has("exited a stopped by 'SIGINT' in 2 ms"); });
}

BOOST_AUTO_TEST_CASE(a_removed_instance_is_forgotten) {
  (void)start("a");
  const auto refused = run(driver().remove("a", Removal::ended));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().kind() == ErrorKind::denied));
  BOOST_TEST(!!run(driver().remove("a", Removal::forced)));
  (void)run(driver().stop("a", "", {}));
  until([&] { return logged("told the exit of a, which was not started or is removed"); });
  BOOST_TEST(sink.told.empty());
}

BOOST_AUTO_TEST_CASE(attach_answers_running_exited_gone_or_retry) {
  const auto attach = [&](std::string handle) {
    return run(driver().attach(task("i-" + handle), handle));
  };
  BOOST_TEST((attach("running")->presence == Presence::running));
  BOOST_TEST(attach("running")->pid == 77);
  const auto exited = attach("exited");
  BOOST_TEST((exited->presence == Presence::exited));
  BOOST_TEST(*exited->exit->code == 3);
  BOOST_TEST((attach("lost")->presence == Presence::gone));
  BOOST_TEST((attach("retry").error().kind() == ErrorKind::unavailable));
  BOOST_TEST((attach("future").error().kind() == ErrorKind::unavailable));
  (void)run(driver().stop("i-running", "", {}));
  (void)run(driver().stop("i-exited", "", {}));
  (void)start("last");
  BOOST_REQUIRE(sink.told.size() == 1u);
  BOOST_TEST(contains(sink.told[0], "exited i-running"));
}

BOOST_AUTO_TEST_CASE(a_handle_that_is_too_long_is_an_error) {
  BOOST_TEST(contains(start("a", {"long-handle"}).error().message(), "5000 bytes"));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_repaired) {
  BOOST_TEST(start("a", {"bad-text"}).error().message() == "bad \xEF\xBF\xBD text");
}

BOOST_AUTO_TEST_CASE(health_is_told_on_change_only) {
  (void)start("a");
  (void)start("b", {"sick"});
  (void)start("c", {"sick"});
  (void)start("d", {"well"});
  (void)start("e");
  BOOST_TEST(
      sink.told == (std::vector<std::string>{"health probe the engine is gone", "health probe "}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(reach_is_told_of_one_instance) {
  (void)start("a", {"far"});
  (void)start("b", {"near"});
  BOOST_TEST(sink.told == (std::vector<std::string>{"instance reach a no route to host",
                                                    "instance reach b "}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_halt_is_told_of_one_instance) {
  (void)start("a", {"halted"});
  BOOST_TEST(sink.told == (std::vector<std::string>{"instance paused a", "instance goes on a"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(progress_is_told_and_nonsense_is_not) {
  (void)start("a", {"progress"});
  BOOST_TEST(sink.told == std::vector<std::string>{"progress a pulling \"it\""},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_blocked_plugin_stalls_only_itself) {
  test::Gate gate(temp / "gate");
  std::optional<Result<Started>> blocked;
  asio::co_spawn(core, driver("probe").start(task("a", {"block", gate.path()})),
                 [&](std::exception_ptr, Result<Started> result) { blocked = result; });
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST(!!run(driver("second").start(task("b" + std::to_string(i)))));
  }
  BOOST_TEST(!blocked);
  BOOST_REQUIRE(runtimes().pending().size() == 1u);
  BOOST_TEST(runtimes().pending()[0].runtime == "probe");
  BOOST_TEST(runtimes().pending()[0].what == "start");
  BOOST_TEST(runtimes().pending()[0].instance == "a");
  gate.release();
  until([&] { return blocked.has_value(); });
  BOOST_TEST(!!*blocked);
  BOOST_TEST(runtimes().pending().empty());
}

BOOST_AUTO_TEST_CASE(an_overdue_operation_makes_the_runtime_unhealthy_until_it_completes) {
  limits.start = std::chrono::milliseconds(1);
  test::Gate gate(temp / "gate");
  std::optional<Result<Started>> blocked;
  asio::co_spawn(core, driver().start(task("a", {"block", gate.path()})),
                 [&](std::exception_ptr, Result<Started> result) { blocked = result; });
  until([&] { return !sink.told.empty(); });
  BOOST_TEST(sink.told[0] == "health probe it does not answer: start of a has been pending for 0s");
  BOOST_TEST(runtimes().pending().at(0).overdue);
  gate.release();
  until([&] { return blocked.has_value() && sink.told.size() == 2; });
  BOOST_TEST(sink.told[1] == "health probe ");
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_a_slow_operation_is_told) {
  limits.slow = std::chrono::milliseconds(1);
  test::Gate gate(temp / "gate");
  std::optional<Result<Started>> blocked;
  asio::co_spawn(core, driver().start(task("a", {"block", gate.path()})),
                 [&](std::exception_ptr, Result<Started> result) { blocked = result; });
  until([&] { return !sink.told.empty(); });
  BOOST_TEST(sink.told[0] == "progress a waiting for runtime probe: start, 0s");
  gate.release();
  until([&] { return blocked.has_value(); });
  BOOST_TEST(sink.told.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_instance_may_write_from_its_start_until_it_is_removed) {
  BOOST_TEST(!!run(driver().start(task("a"))));
  BOOST_TEST(store.opened.contains("a"));
  BOOST_TEST(!!run(driver().remove("a", Removal::forced)));
  BOOST_TEST(store.opened.empty());
}

BOOST_AUTO_TEST_CASE(a_burst_of_starts_completes_in_order) {
  driver();
  std::vector<int> order;
  for (int i = 0; i < 500; ++i) {
    asio::co_spawn(core, driver().start(task("i" + std::to_string(i))),
                   [&order, i](std::exception_ptr, Result<Started> result) {
                     if (result) order.push_back(i);
                   });
  }
  until([&] { return order.size() == 500; });
  BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_leaves_the_operation_to_complete_alone) {
  test::Gate gate(temp / "gate");
  asio::cancellation_signal cancel;
  std::optional<Result<Started>> result;
  asio::co_spawn(core, driver().start(task("a", {"block", gate.path()})),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](std::exception_ptr error, Result<Started> value) {
                       result = error ? Result<Started>(base::Error("thrown")) : value;
                     }));
  until([&] { return !runtimes().pending().empty(); });
  cancel.emit(asio::cancellation_type::terminal);
  until([&] { return result.has_value(); });
  BOOST_REQUIRE(!*result);
  BOOST_TEST((result->error().kind() == ErrorKind::cancelled));
  BOOST_TEST(runtimes().pending().size() == 1u);
  gate.release();
  until([&] { return runtimes().pending().empty(); });
  (void)run(driver().stop("a", "", {}));  // it did start, and its exit counts
  until([&] { return !sink.told.empty(); });
  BOOST_TEST(contains(sink.told[0], "exited a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
