#include "core/record/bus.h"

#include <boost/test/unit_test.hpp>

#include "tests/record/run_task.h"

using namespace consort::record;
using consort::model::Event;
using consort::test::run;
namespace asio = boost::asio;

namespace {

Event message(std::string text) {
  Event event;
  event.type = "message";
  event.message = std::move(text);
  return event;
}

struct Fixture {
  asio::io_context io{1};
  Bus bus{io.get_executor(), consort::base::system_clock(), 4};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bus)

BOOST_FIXTURE_TEST_CASE(numbers_and_times_events_and_gives_them_in_order, Fixture) {
  const auto reader = bus.subscribe(bus.first());
  bus.publish(message("one"));
  bus.publish(message("two"));
  const auto events = run(io, reader->next());
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].message == "one");
  BOOST_TEST(events[0].sequence == 1u);
  BOOST_TEST(events[1].sequence == 2u);
  BOOST_TEST((events[0].at != consort::model::WallTime{}));
  BOOST_TEST((reader->cursor() == bus.last()));
}

BOOST_FIXTURE_TEST_CASE(a_reader_waits_for_what_happens_later, Fixture) {
  const auto reader = bus.subscribe(bus.last());
  const auto task = [&]() -> asio::awaitable<std::vector<Event>> {
    asio::post(io, [&] { bus.publish(message("late")); });
    co_return co_await reader->next();
  };
  const auto events = run(io, task());
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].message == "late");
}

BOOST_FIXTURE_TEST_CASE(readers_go_on_from_their_own_cursors, Fixture) {
  bus.publish(message("one"));
  const Cursor after_one = bus.last();
  bus.publish(message("two"));
  const auto later = bus.subscribe(after_one);
  const auto all = bus.subscribe(bus.first());
  BOOST_TEST(run(io, later->next()).size() == 1u);
  BOOST_TEST(run(io, all->next()).size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_falls_behind_gets_a_gap_and_then_what_is_kept, Fixture) {
  const auto reader = bus.subscribe(bus.first());
  for (int i = 1; i <= 10; ++i) bus.publish(message(std::to_string(i)));
  const auto events = run(io, reader->next());
  BOOST_REQUIRE(events.size() == 5u);
  BOOST_TEST(events[0].type == "gap");
  BOOST_TEST(events[0].sequence == 6u);
  BOOST_TEST(events[0].message.starts_with("6 events are lost"));
  BOOST_TEST(events[1].message == "7");
  BOOST_TEST(events[4].message == "10");
}

BOOST_FIXTURE_TEST_CASE(a_cursor_of_another_supervisor_starts_with_a_gap, Fixture) {
  bus.publish(message("one"));
  const auto reader = bus.subscribe({bus.epoch() + 1, 77});
  const auto events = run(io, reader->next());
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].type == "gap");
  BOOST_TEST(events[1].message == "one");
}

BOOST_FIXTURE_TEST_CASE(a_finished_reader_gets_the_rest_and_then_the_end, Fixture) {
  const auto reader = bus.subscribe(bus.first());
  bus.publish(message("one"));
  reader->finish();
  BOOST_TEST(run(io, reader->next()).size() == 1u);
  BOOST_TEST(run(io, reader->next()).empty());
}

BOOST_FIXTURE_TEST_CASE(finish_and_the_end_of_the_bus_wake_a_waiting_reader, Fixture) {
  auto own = std::make_unique<Bus>(io.get_executor(), consort::base::system_clock());
  const auto first = own->subscribe(own->last());
  const auto second = own->subscribe(own->last());
  const auto finish = [&]() -> asio::awaitable<std::vector<Event>> {
    asio::post(io, [&] { first->finish(); });
    co_return co_await first->next();
  };
  BOOST_TEST(run(io, finish()).empty());
  const auto destroy = [&]() -> asio::awaitable<std::vector<Event>> {
    asio::post(io, [&] { own.reset(); });
    co_return co_await second->next();
  };
  BOOST_TEST(run(io, destroy()).empty());
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_is_gone_is_not_woken, Fixture) {
  {
    const auto reader = bus.subscribe(bus.last());
    asio::co_spawn(io, reader->next(), [](std::exception_ptr, std::vector<Event>) {});
    io.poll();
  }
  bus.publish(message("nobody listens"));
  BOOST_TEST(bus.last().sequence == 1u);
}

BOOST_AUTO_TEST_CASE(cursors_are_text) {
  const Cursor cursor{0xdeadbeef, 18'446'744'073'709'551'615ull};
  BOOST_TEST(to_string(cursor) == "00000000deadbeef.18446744073709551615");
  BOOST_TEST((parse_cursor(to_string(cursor)) == cursor));
  for (const char* text : {"", ".", "1.2", "00000000deadbeef", "00000000deadbeef.",
                           "00000000deadbeef.x", "00000000deadbeef.1x", "00000000deadbeeg.1"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parse_cursor(text)); }
  }
}

BOOST_AUTO_TEST_SUITE_END()
