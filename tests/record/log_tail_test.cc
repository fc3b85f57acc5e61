#include "core/record/log_tail.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "core/record/log_cursor.h"
#include "tests/base/temp_dir.h"
#include "tests/record/log_files.h"

using namespace consort::record;
using namespace std::chrono_literals;
using consort::base::WallTime;
using consort::test::append_segment;
using consort::test::record_at;
using consort::test::TempDir;

namespace {

struct Fixture {
  TempDir dir;
  std::filesystem::path log = log_directory(dir.path());

  // The texts from the tail's start on, and how many lines it found.
  std::pair<std::string, std::uint64_t> tail(const TailQuery& query) {
    const auto found = find_tail(log, log_end(log), query);
    BOOST_REQUIRE(found);
    LogCursor cursor(log, found->start, 4096, false);
    std::string texts;
    for (auto more = cursor.next(); more && *more; more = cursor.next()) {
      texts += cursor.line().text;
      texts += cursor.line().partial ? '+' : ' ';
    }
    return {texts, found->lines};
  }
  void check(const TailQuery& query, const std::string& texts, std::uint64_t lines) {
    const auto found = tail(query);
    BOOST_TEST(found.first == texts);
    BOOST_TEST(found.second == lines);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_tail)

BOOST_FIXTURE_TEST_CASE(finds_the_last_lines_over_segments, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a") + record_at(2, "b"));
  append_segment(dir.path(), 1, record_at(3, "c"));
  append_segment(dir.path(), 2, "");
  check({.lines = 0, .since = {}, .until = {}}, "", 0);
  check({.lines = 1, .since = {}, .until = {}}, "c ", 1);
  check({.lines = 2, .since = {}, .until = {}}, "b c ", 2);
  check({.lines = 3, .since = {}, .until = {}}, "a b c ", 3);
  check({.lines = 9, .since = {}, .until = {}}, "a b c ", 3);
}

BOOST_FIXTURE_TEST_CASE(counts_whole_lines_and_keeps_their_parts_together, Fixture) {
  append_segment(dir.path(), 0,
                 record_at(1, "a") + record_at(2, "b1", true) + record_at(2, "b2", true) +
                     record_at(2, "b3") + record_at(3, "open", true));
  check({.lines = 1, .since = {}, .until = {}}, "b1+b2+b3 open+", 1);
}

BOOST_FIXTURE_TEST_CASE(leaves_out_a_record_that_is_being_written, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a") + record_at(2, "torn").substr(0, 33));
  check({.lines = 1, .since = {}, .until = {}}, "a ", 1);
}

BOOST_FIXTURE_TEST_CASE(reads_lines_longer_than_a_block_and_many_blocks, Fixture) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += record_at(i, std::string(40'000, static_cast<char>('a' + i)));
  append_segment(dir.path(), 0, text);
  append_segment(dir.path(), 1, record_at(30, std::string(300'000, 'z')) + record_at(31, "end"));
  const auto found = tail({.lines = 5, .since = {}, .until = {}});
  BOOST_TEST(found.second == 5u);
  BOOST_TEST(found.first.size() == 3 * 40'001u + 300'001u + 4u);
  BOOST_TEST(found.first.front() == 'r');
  BOOST_TEST(tail({.lines = 100, .since = {}, .until = {}}).second == 22u);
}

BOOST_FIXTURE_TEST_CASE(every_number_of_lines_is_exact_at_block_borders, Fixture) {
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += record_at(i, std::string(static_cast<std::size_t>(i % 97), 'x'));
  append_segment(dir.path(), 0, text);
  for (std::uint64_t lines = 0; lines <= 3000; lines += 37) {
    const auto found = find_tail(log, log_end(log), {lines, {}, {}});
    LogCursor cursor(log, found->start, 65536, false);
    std::uint64_t read = 0;
    for (auto more = cursor.next(); *more; more = cursor.next()) ++read;
    BOOST_TEST(read == lines);
  }
}

BOOST_FIXTURE_TEST_CASE(counts_only_what_is_within_since_and_until, Fixture) {
  append_segment(dir.path(), 0,
                 record_at(1, "a") + record_at(2, "b") + record_at(3, "c") + record_at(4, "d"));
  check({.lines = 2, .since = {}, .until = WallTime(3s)}, "b c d ", 2);  // the reader drops d
  check({.lines = 9, .since = WallTime(3s), .until = {}}, "c d ", 2);
}

BOOST_FIXTURE_TEST_CASE(since_starts_at_the_segment_that_may_hold_it, Fixture) {
  for (std::uint32_t i = 0; i < 4; ++i) append_segment(dir.path(), i, record_at(10 * i, "x"));
  BOOST_TEST(find_since(log, WallTime(25s)).segment == 2u);
  BOOST_TEST(find_since(log, WallTime(20s)).segment == 1u);  // equal times may span two
  BOOST_TEST(find_since(log, WallTime(-5s)).segment == 0u);
  BOOST_TEST(find_since(dir / "none", WallTime(0s)).segment == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
