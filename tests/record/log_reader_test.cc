#include "core/record/log_reader.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/base/temp_dir.h"
#include "tests/record/log_files.h"
#include "tests/record/run_task.h"

using namespace consort::record;
using namespace std::chrono_literals;
using consort::base::WallTime;
using consort::test::append_segment;
using consort::test::record_at;
using consort::test::run;
using consort::test::TempDir;
namespace asio = boost::asio;

namespace {

struct Fixture {
  TempDir dir;
  asio::io_context io{1};

  LogDirectory instance(const std::string& label, const std::string& name) {
    return {label, dir / name};
  }
  void write(const std::string& name, std::uint32_t segment, const std::string& text) {
    append_segment(dir / name, segment, text);
  }
  // All that the reader gives, batch after batch.
  std::string read(LogQuery query, std::size_t* largest = nullptr) {
    auto reader = LogReader::open(io.get_executor(), std::move(query));
    BOOST_REQUIRE(reader);
    std::string all;
    for (;;) {
      const auto batch = run(io, (*reader)->next());
      BOOST_REQUIRE(batch);
      if (batch->empty()) return all;
      if (largest != nullptr) *largest = std::max(*largest, batch->size());
      all += *batch;
    }
  }
};

// "a-1:one b-1:two" for people who read a failed test.
std::string brief(std::string_view wire) {
  std::string text;
  while (!wire.empty()) {
    const std::size_t end = wire.find('\n');
    const auto line = parse_labelled_line(wire.substr(0, end));
    BOOST_REQUIRE(line);
    if (!text.empty()) text += ' ';
    text += std::string(line->label) + ":" + std::string(line->line.text);
    wire.remove_prefix(end + 1);
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_reader)

BOOST_FIXTURE_TEST_CASE(nothing_stored_is_the_end_at_once, Fixture) {
  BOOST_TEST(read({}) == "");
  BOOST_TEST(
      read({.sources = {instance("a-1", "missing")}, .tail = {}, .since = {}, .until = {}}) == "");
}

BOOST_FIXTURE_TEST_CASE(merges_by_time_and_keeps_each_ones_order, Fixture) {
  write("a", 0, record_at(1, "1") + record_at(3, "3"));
  write("a", 1, record_at(5, "5") + record_at(2, "clock-went-back") + record_at(6, "6"));
  write("b", 0, record_at(2, "2") + record_at(4, "4") + record_at(7, "7"));
  BOOST_TEST(brief(read({.sources = {instance("a-1", "a"), instance("b-1", "b")},
                         .tail = {},
                         .since = {},
                         .until = {}})) ==
             "a-1:1 b-1:2 a-1:3 b-1:4 a-1:5 a-1:clock-went-back a-1:6 b-1:7");
}

BOOST_FIXTURE_TEST_CASE(gives_every_byte_as_stored, Fixture) {
  const std::string garbage("\0\xff \x1b[2J\r", 8);
  const std::string stored = record_at(1, garbage, true, Stream::err) + record_at(2, "");
  write("a", 0, stored);
  const std::size_t first = stored.find('\n') + 1;
  BOOST_TEST(read({.sources = {instance("a-1", "a")}, .tail = {}, .since = {}, .until = {}}) ==
             "a-1 " + stored.substr(0, first) + "a-1 " + stored.substr(first));
}

BOOST_FIXTURE_TEST_CASE(tail_counts_for_each_label_over_its_instances, Fixture) {
  write("a-old", 0, record_at(1, "1") + record_at(2, "2"));
  write("a-new", 0, record_at(5, "5"));
  write("b", 0, record_at(3, "3") + record_at(4, "4") + record_at(6, "6"));
  const std::vector<LogDirectory> sources{instance("a-1", "a-old"), instance("a-1", "a-new"),
                                          instance("b-1", "b")};
  BOOST_TEST(brief(read({.sources = sources, .tail = 2, .since = {}, .until = {}})) ==
             "a-1:2 b-1:4 a-1:5 b-1:6");
  BOOST_TEST(brief(read({.sources = sources, .tail = 1, .since = {}, .until = {}})) ==
             "a-1:5 b-1:6");
  BOOST_TEST(brief(read({.sources = sources, .tail = 0, .since = {}, .until = {}})) == "");
}

BOOST_FIXTURE_TEST_CASE(since_and_until_include_their_own_time, Fixture) {
  for (std::uint32_t i = 0; i < 6; ++i) write("a", i, record_at(i, std::to_string(i)));
  const std::vector<LogDirectory> sources{instance("a-1", "a")};
  BOOST_TEST(
      brief(read({.sources = sources, .tail = {}, .since = WallTime(2s), .until = WallTime(4s)})) ==
      "a-1:2 a-1:3 a-1:4");
  BOOST_TEST(brief(read({.sources = sources, .tail = 2, .since = {}, .until = WallTime(4s)})) ==
             "a-1:3 a-1:4");
  BOOST_TEST(brief(read({.sources = sources, .tail = {}, .since = WallTime(9s), .until = {}})) ==
             "");
}

BOOST_FIXTURE_TEST_CASE(much_comes_in_batches_of_a_bounded_size, Fixture) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += record_at(i, std::string(100, 'x'));
  write("a", 0, text);
  write("b", 0, text);
  std::size_t largest = 0;
  const std::string all = read({.sources = {instance("a-1", "a"), instance("b-1", "b")},
                                .tail = {},
                                .since = {},
                                .until = {}},
                               &largest);
  BOOST_TEST(all.size() == 2 * (text.size() + 20'000 * 4));
  BOOST_TEST(largest < 300'000u);
}

BOOST_FIXTURE_TEST_CASE(much_that_is_filtered_out_still_ends, Fixture) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += record_at(i, "x");
  write("a", 0, text + record_at(99'999, "wanted"));
  BOOST_TEST(brief(read({.sources = {instance("a-1", "a")},
                         .tail = {},
                         .since = WallTime(60'000s),
                         .until = {}})) == "a-1:wanted");
}

BOOST_FIXTURE_TEST_CASE(a_label_with_a_space_is_refused, Fixture) {
  const auto reader = LogReader::open(
      io.get_executor(), {.sources = {instance("a 1", "a")}, .tail = {}, .since = {}, .until = {}});
  BOOST_TEST(!reader);
}

BOOST_AUTO_TEST_SUITE_END()
