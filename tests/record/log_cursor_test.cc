#include "core/record/log_cursor.h"

#include <boost/test/unit_test.hpp>

#include "tests/base/temp_dir.h"
#include "tests/record/log_files.h"

using namespace consort::record;
using consort::test::append_segment;
using consort::test::record_at;
using consort::test::TempDir;

namespace {

// What the cursor gives until there is nothing, as "a,b,c".
std::string texts(LogCursor& cursor) {
  std::string found;
  for (;;) {
    const auto more = cursor.next();
    BOOST_REQUIRE(more);
    if (!*more) return found;
    if (!found.empty()) found += ',';
    found += cursor.line().text;
  }
}

struct Fixture {
  TempDir dir;
  std::filesystem::path log = log_directory(dir.path());
  LogCursor cursor(std::size_t chunk = 4096, bool hold = false) {
    return LogCursor(log, {}, chunk, hold);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_cursor)

BOOST_FIXTURE_TEST_CASE(reads_over_segments_whatever_the_chunk, Fixture) {
  append_segment(dir.path(), 3, record_at(1, "a") + record_at(2, "bb"));
  append_segment(dir.path(), 4, "");
  append_segment(dir.path(), 6, record_at(3, "ccc"));
  for (const std::size_t chunk : {1u, 7u, 41u, 4096u}) {
    auto reader = cursor(chunk);
    reader.set_end(log_end(log));  // 5 was removed by somebody
    BOOST_TEST(texts(reader) == "a,bb,ccc");
    BOOST_TEST((reader.position() == log_end(log)));
  }
}

BOOST_FIXTURE_TEST_CASE(goes_on_where_the_file_grows, Fixture) {
  auto reader = cursor();
  BOOST_TEST(texts(reader) == "");
  const std::string line = record_at(1, "first");
  append_segment(dir.path(), 0, line.substr(0, 20));
  BOOST_TEST(texts(reader) == "");
  append_segment(dir.path(), 0, line.substr(20) + record_at(2, "second"));
  BOOST_TEST(texts(reader) == "first,second");
  append_segment(dir.path(), 1, record_at(3, "third"));
  BOOST_TEST(texts(reader) == "third");
}

BOOST_FIXTURE_TEST_CASE(reads_the_rest_of_a_segment_that_grew_before_the_next_one_came, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a"));
  auto reader = cursor();
  BOOST_TEST(texts(reader) == "a");
  append_segment(dir.path(), 0, record_at(2, "b"));
  append_segment(dir.path(), 1, record_at(3, "c"));
  BOOST_TEST(texts(reader) == "b,c");
}

BOOST_FIXTURE_TEST_CASE(passes_over_a_torn_record_that_its_writer_gave_up, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a") + record_at(2, "torn").substr(0, 30));
  append_segment(dir.path(), 1, record_at(2, "torn") + "no record\n" + record_at(3, "b"));
  auto reader = cursor();
  BOOST_TEST(texts(reader) == "a,torn,b");
}

BOOST_FIXTURE_TEST_CASE(a_record_without_an_end_costs_no_memory_and_only_itself, Fixture) {
  append_segment(dir.path(), 0, record_at(1, std::string(3 << 20, 'x')) + record_at(2, "after"));
  auto reader = cursor(65536);
  BOOST_TEST(texts(reader) == "after");
}

BOOST_FIXTURE_TEST_CASE(stops_at_the_end_it_was_given, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a"));
  const LogPosition end = log_end(log);
  append_segment(dir.path(), 0, record_at(2, "b"));
  append_segment(dir.path(), 1, record_at(3, "c"));
  auto reader = cursor();
  reader.set_end(end);
  BOOST_TEST(texts(reader) == "a");
  reader.set_end(std::nullopt);
  BOOST_TEST(texts(reader) == "b,c");
}

BOOST_FIXTURE_TEST_CASE(a_held_segment_survives_its_removal, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a"));
  auto reader = cursor(4096, true);
  BOOST_TEST(texts(reader) == "a");
  append_segment(dir.path(), 0, record_at(2, "b"));
  std::filesystem::remove_all(log);
  BOOST_TEST(texts(reader) == "b");
}

BOOST_FIXTURE_TEST_CASE(goes_on_with_what_is_left_when_segments_were_removed, Fixture) {
  append_segment(dir.path(), 0, record_at(1, "a"));
  auto reader = cursor();
  BOOST_TEST(texts(reader) == "a");
  append_segment(dir.path(), 5, record_at(9, "late"));
  std::filesystem::remove(segment_path(log, 0));
  BOOST_TEST(texts(reader) == "late");
}

BOOST_AUTO_TEST_SUITE_END()
