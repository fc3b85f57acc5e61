#include "core/base/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using namespace consort::base;

namespace {

struct Fixture {
  asio::io_context io{1};
  std::vector<std::string> reports;
  TaskGroup group{io.get_executor(), [this](std::string_view task, std::exception_ptr error) {
                    try {
                      std::rethrow_exception(error);
                    } catch (const std::exception& e) {
                      reports.push_back(std::string(task) + ": " + e.what());
                    }
                  }};
};

asio::awaitable<void> nothing() { co_return; }

asio::awaitable<void> thrower(std::string what) {
  throw std::runtime_error(what);
  co_return;
}

asio::awaitable<void> wait_forever(bool& ended) {
  struct AtEnd {
    bool& flag;
    ~AtEnd() { flag = true; }
  } at_end{ended};
  asio::steady_timer never(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

asio::awaitable<void> joined(TaskGroup& group, bool& done) {
  co_await group.join();
  done = true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(task_group)

BOOST_FIXTURE_TEST_CASE(runs_what_it_owns_and_forgets_it_at_the_end, Fixture) {
  group.spawn("nothing", nothing());
  BOOST_TEST(group.size() == 1u);
  io.run();
  BOOST_TEST(group.size() == 0u);
  BOOST_TEST(reports.empty());
}

BOOST_FIXTURE_TEST_CASE(reports_what_a_task_throws_under_its_name, Fixture) {
  group.spawn("bad", thrower("oh"));
  io.run();
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0] == "bad: oh");
}

BOOST_FIXTURE_TEST_CASE(stop_ends_waiting_tasks_quietly_and_drops_later_ones, Fixture) {
  bool first = false, second = false, late = false;
  group.spawn("first", wait_forever(first));
  group.spawn("second", wait_forever(second));
  asio::post(io, [&] {
    group.stop();
    group.spawn("late", wait_forever(late));
  });
  io.run();
  BOOST_TEST(first);
  BOOST_TEST(second);
  BOOST_TEST(!late);
  BOOST_TEST(group.size() == 0u);
  BOOST_TEST(reports.empty());
}

BOOST_FIXTURE_TEST_CASE(join_ends_when_the_last_task_has, Fixture) {
  bool ended = false, done = false;
  group.spawn("task", wait_forever(ended));
  asio::co_spawn(io, joined(group, done), [](std::exception_ptr error) { BOOST_TEST(!error); });
  io.poll();
  BOOST_TEST(!done);
  group.stop();
  io.run();
  BOOST_TEST(ended);
  BOOST_TEST(done);
}

BOOST_FIXTURE_TEST_CASE(join_of_an_empty_group_ends_at_once, Fixture) {
  bool done = false;
  asio::co_spawn(io, joined(group, done), [](std::exception_ptr error) { BOOST_TEST(!error); });
  io.run();
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_SUITE_END()
