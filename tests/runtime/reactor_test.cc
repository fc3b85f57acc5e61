#include "core/runtime/reactor.h"

#include <consort/runtime.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <vector>

#include "core/base/file.h"
#include "tests/runtime/support.h"

namespace consort::runtime {
namespace {

using base::Fd;

struct Fixture {
  static std::pair<Fd, Fd> sockets() {
    int fds[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
    return {Fd(fds[0]), Fd(fds[1])};
  }
  static char take(int fd) {
    char byte = 0;
    return ::read(fd, &byte, 1) == 1 ? byte : '\0';
  }
  boost::asio::io_context context;
  Reactor reactor{context};
};

BOOST_FIXTURE_TEST_SUITE(reactor_of_a_plugin, Fixture)

BOOST_AUTO_TEST_CASE(readable_is_told_until_nothing_is_left) {
  const auto [here, there] = sockets();
  BOOST_REQUIRE(::write(there.get(), "abc", 3) == 3);
  std::string got;
  reactor.watch(here.get(), CONSORT_READABLE, [&](int fd, std::uint32_t ready) {
    BOOST_TEST(ready == CONSORT_READABLE);
    got += take(fd);  // one at a time: level-triggered, it comes again
    if (got.size() == 3) reactor.unwatch(fd);
  });
  context.run();
  BOOST_TEST(got == "abc");
}

BOOST_AUTO_TEST_CASE(a_later_event_wakes_it_too) {
  const auto [here, there] = sockets();
  int calls = 0;
  reactor.watch(here.get(), CONSORT_READABLE, [&](int fd, std::uint32_t) {
    take(fd);
    if (++calls == 3) return reactor.unwatch(fd);
    reactor.start_timer(1, [&](std::uint64_t) { (void)!::write(there.get(), "x", 1); });
  });
  BOOST_REQUIRE(::write(there.get(), "x", 1) == 1);
  context.run();
  BOOST_TEST(calls == 3);
}

BOOST_AUTO_TEST_CASE(a_hang_up_is_told_as_what_is_watched) {
  auto [here, there] = sockets();
  there.reset();
  std::uint32_t told = 0;
  reactor.watch(here.get(), CONSORT_READABLE | CONSORT_WRITABLE, [&](int fd, std::uint32_t ready) {
    told = ready;
    reactor.unwatch(fd);
  });
  context.run();
  BOOST_TEST(told == (CONSORT_READABLE | CONSORT_WRITABLE));
}

BOOST_AUTO_TEST_CASE(watching_again_changes_events_and_callback) {
  const auto [here, there] = sockets();
  bool first = false;
  std::uint32_t second = 0;
  reactor.watch(here.get(), CONSORT_READABLE, [&](int, std::uint32_t) { first = true; });
  reactor.watch(here.get(), CONSORT_WRITABLE, [&](int fd, std::uint32_t ready) {
    second = ready;
    reactor.unwatch(fd);
  });
  context.run();
  BOOST_TEST(!first);
  BOOST_TEST(second == CONSORT_WRITABLE);
}

BOOST_AUTO_TEST_CASE(unwatched_by_a_neighbour_in_the_same_round_it_is_not_called) {
  const auto [a, b] = sockets();
  BOOST_REQUIRE(::write(a.get(), "x", 1) == 1);
  BOOST_REQUIRE(::write(b.get(), "x", 1) == 1);
  int calls = 0;
  const auto end_both = [&](int, std::uint32_t) {
    ++calls;
    reactor.unwatch(a.get());
    reactor.unwatch(b.get());
  };
  reactor.watch(a.get(), CONSORT_READABLE, end_both);
  reactor.watch(b.get(), CONSORT_READABLE, end_both);
  context.run();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_descriptor_closed_and_opened_anew_can_be_watched) {
  auto [here, there] = sockets();
  const int number = here.get();
  bool old = false;
  bool fresh = false;
  reactor.watch(number, CONSORT_READABLE, [&](int, std::uint32_t) { old = true; });
  here.reset();  // without unwatch: a plugin's mistake
  auto [other, end] = sockets();
  BOOST_REQUIRE(::dup2(other.get(), number) == number);
  const Fd reused(number);
  BOOST_REQUIRE(::write(end.get(), "x", 1) == 1);
  BOOST_TEST(reactor.watch(number, CONSORT_READABLE, [&](int fd, std::uint32_t) {
    fresh = true;
    reactor.unwatch(fd);
  }) == 0);
  context.run();
  BOOST_TEST(fresh);
  BOOST_TEST(!old);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_watched_is_refused) {
  const test::TempDir folder;
  test::write(folder / "file", "x");
  const Fd file(::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC));
  BOOST_TEST(reactor.watch(file.get(), CONSORT_READABLE, [](int, std::uint32_t) {}) == EPERM);
  BOOST_TEST(reactor.watch(-1, CONSORT_READABLE, [](int, std::uint32_t) {}) == EBADF);
  reactor.unwatch(4242);
  context.run();  // nothing is watched: it ends
}

BOOST_AUTO_TEST_CASE(timers_fire_in_order_and_once) {
  std::vector<std::uint64_t> fired;
  const auto record = [&](std::uint64_t id) { fired.push_back(id); };
  const auto late = reactor.start_timer(20, record);
  const auto soon = reactor.start_timer(1, record);
  const auto now = reactor.start_timer(0, record);
  context.run();
  BOOST_TEST(fired == (std::vector<std::uint64_t>{now, soon, late}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_does_not_fire) {
  bool fired = false;
  std::uint64_t victim = 0;
  reactor.start_timer(0, [&](std::uint64_t) { reactor.cancel_timer(victim); });
  victim = reactor.start_timer(0, [&](std::uint64_t) { fired = true; });
  reactor.cancel_timer(12345);
  context.run();
  BOOST_TEST(!fired);
}

BOOST_AUTO_TEST_CASE(a_far_timer_is_no_overflow) {
  const auto far = reactor.start_timer(~std::uint64_t{0}, [](std::uint64_t) {});
  BOOST_TEST(far != 0u);
  context.poll();
  reactor.cancel_timer(far);
  context.run();
}

BOOST_AUTO_TEST_CASE(clear_ends_everything) {
  const auto [here, there] = sockets();
  bool called = false;
  reactor.watch(here.get(), CONSORT_WRITABLE, [&](int, std::uint32_t) { called = true; });
  reactor.start_timer(0, [&](std::uint64_t) { called = true; });
  reactor.clear();
  context.run();
  BOOST_TEST(!called);
  BOOST_TEST(reactor.watch(here.get(), CONSORT_WRITABLE, [](int, std::uint32_t) {}) != 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace consort::runtime
