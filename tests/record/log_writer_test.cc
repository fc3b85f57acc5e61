#include "core/record/log_writer.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "core/base/file.h"
#include "core/record/log_cursor.h"
#include "core/record/segments.h"
#include "tests/base/temp_dir.h"
#include "tests/record/log_files.h"
#include "tests/record/small_disk.h"

using namespace consort::record;
using consort::base::WallTime;
using consort::test::record_at;
using consort::test::SmallDisk;
using consort::test::TempDir;
namespace fs = std::filesystem;

namespace {

LogLine line_at(long second, std::string_view text) {
  return {WallTime(std::chrono::seconds(second)), Stream::out, false, text};
}

std::string stored(const fs::path& instance) {
  const fs::path log = log_directory(instance);
  std::string all;
  for (const auto number : list_segments(log)) {
    all += *consort::base::read_file(segment_path(log, number));
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_writer)

BOOST_AUTO_TEST_CASE(stores_records_and_goes_on_after_a_reopen) {
  const TempDir dir;
  {
    LogWriter writer({});
    BOOST_REQUIRE(writer.append(dir.path(), line_at(1, "one")));
  }
  LogWriter writer({});
  BOOST_REQUIRE(writer.append(dir.path(), line_at(2, "two")));
  BOOST_TEST(stored(dir.path()) == record_at(1, "one") + record_at(2, "two"));
  BOOST_TEST(*writer.last_cursor(dir.path()) == "");
}

BOOST_AUTO_TEST_CASE(an_instance_has_a_rotation_of_its_own_until_it_is_closed) {
  const TempDir dir;
  LogWriter writer({.max_bytes = 0, .max_files = 0});
  writer.rotate_at(dir.path(), {.max_bytes = 100, .max_files = 2});
  writer.rotate_at({.max_bytes = 1000, .max_files = 1});
  for (int i = 0; i < 20; ++i) BOOST_REQUIRE(writer.append(dir.path(), line_at(i, "0123456789")));
  BOOST_TEST(list_segments(log_directory(dir.path())).size() == 2u);
  writer.close(dir.path());
  for (int i = 0; i < 40; ++i) BOOST_REQUIRE(writer.append(dir.path(), line_at(i, "0123456789")));
  BOOST_TEST(list_segments(log_directory(dir.path())).size() == 1u);
}

BOOST_AUTO_TEST_CASE(rotates_by_size_and_keeps_the_newest_files) {
  const TempDir dir;
  LogWriter writer({.max_bytes = 100, .max_files = 3});
  for (int i = 0; i < 20; ++i) BOOST_REQUIRE(writer.append(dir.path(), line_at(i, "0123456789")));
  const std::vector<std::uint32_t> want{17, 18, 19};
  BOOST_TEST(list_segments(log_directory(dir.path())) == want, boost::test_tools::per_element());
  BOOST_TEST(stored(dir.path()) == record_at(17, "0123456789") + record_at(18, "0123456789") +
                                       record_at(19, "0123456789"));
}

BOOST_AUTO_TEST_CASE(lines_that_come_together_are_rotated_as_if_each_came_alone) {
  std::vector<std::string> texts, cursors;
  for (int i = 0; i < 20; ++i) {
    texts.push_back(std::string(static_cast<std::size_t>(1 + i * 7 % 60), 'x'));
    cursors.push_back(std::to_string(i));
  }
  std::vector<PushedLine> lines;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lines.push_back({line_at(static_cast<long>(i), texts[i]), cursors[i]});
  }
  const TempDir alone, together;
  const LogRotation rotation{.max_bytes = 150, .max_files = 3};
  LogWriter one(rotation), all(rotation);
  for (const auto& line : lines) BOOST_REQUIRE(one.append(alone.path(), line.line, line.cursor));
  std::size_t count = 0;
  BOOST_REQUIRE(all.append(together.path(), lines, count));
  BOOST_TEST(count == lines.size());
  BOOST_TEST(
      list_segments(log_directory(together.path())) == list_segments(log_directory(alone.path())),
      boost::test_tools::per_element());
  BOOST_TEST(stored(together.path()) == stored(alone.path()));
  BOOST_TEST(*all.last_cursor(together.path()) == "19");
}

BOOST_AUTO_TEST_CASE(records_are_stored_as_they_are_and_rotated_as_if_each_came_alone) {
  std::string records;
  const TempDir alone, together;
  const LogRotation rotation{.max_bytes = 150, .max_files = 3};
  LogWriter one(rotation), all(rotation);
  for (int i = 0; i < 20; ++i) {
    // One of them is longer than a segment.
    const std::string text(i == 9 ? 200 : static_cast<std::size_t>(1 + i * 7 % 60), 'x');
    BOOST_REQUIRE(one.append(alone.path(), line_at(i, text)));
    records += record_at(i, text);
  }
  std::size_t stored_bytes = 0;
  BOOST_REQUIRE(all.append(together.path(), {records, "7:", 1000}, stored_bytes));
  BOOST_TEST(stored_bytes == records.size());
  BOOST_TEST(
      list_segments(log_directory(together.path())) == list_segments(log_directory(alone.path())),
      boost::test_tools::per_element());
  BOOST_TEST(stored(together.path()) == stored(alone.path()));
  BOOST_TEST(*all.last_cursor(together.path()) == "7:" + std::to_string(1000 + records.size()));
}

BOOST_AUTO_TEST_CASE(what_does_not_end_with_a_record_is_refused) {
  const TempDir dir;
  LogWriter writer({});
  const std::string record = record_at(1, "one");
  std::size_t bytes = 0;
  BOOST_TEST(!writer.append(dir.path(), {record + "2026", "0:", 0}, bytes));
  BOOST_TEST(!writer.append(dir.path(), {record, "0\n", 0}, bytes));
  BOOST_TEST(bytes == 0u);
  BOOST_TEST(stored(dir.path()) == "");
}

BOOST_AUTO_TEST_CASE(other_limits_count_for_what_comes_after) {
  const TempDir dir;
  LogWriter writer({});
  for (int i = 0; i < 5; ++i) BOOST_REQUIRE(writer.append(dir.path(), line_at(i, "0123456789")));
  BOOST_TEST(list_segments(log_directory(dir.path())).size() == 1u);
  writer.rotate_at({.max_bytes = 100, .max_files = 2});
  for (int i = 5; i < 20; ++i) BOOST_REQUIRE(writer.append(dir.path(), line_at(i, "0123456789")));
  BOOST_TEST(list_segments(log_directory(dir.path())).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_newline_in_a_line_is_refused) {
  const TempDir dir;
  LogWriter writer({});
  BOOST_TEST(!writer.append(dir.path(), line_at(1, "a\nb")));
  BOOST_TEST(!writer.append(dir.path(), line_at(1, "a"), "c\nd"));
  BOOST_TEST(stored(dir.path()) == "");
}

BOOST_AUTO_TEST_CASE(remembers_the_cursor_of_the_last_line) {
  const TempDir dir;
  {
    LogWriter writer({});
    BOOST_REQUIRE(writer.append(dir.path(), line_at(1, "one"), "a long first cursor"));
    BOOST_REQUIRE(writer.append(dir.path(), line_at(2, "two"), "c 2"));
    BOOST_TEST(*writer.last_cursor(dir.path()) == "c 2");
  }
  LogWriter writer({});
  BOOST_TEST(*writer.last_cursor(dir.path()) == "c 2");
  BOOST_TEST(stored(dir.path()) == record_at(1, "one") + record_at(2, "two"));
}

BOOST_AUTO_TEST_CASE(what_a_killed_writer_stored_behind_its_cursor_is_cut_off) {
  const TempDir dir;
  {
    LogWriter writer({});
    BOOST_REQUIRE(writer.append(dir.path(), line_at(1, "one"), "c1"));
  }
  consort::test::append_segment(dir.path(), 0, record_at(2, "two"));
  consort::test::append_segment(dir.path(), 1, record_at(3, "thr"));
  LogWriter writer({});
  BOOST_TEST(*writer.last_cursor(dir.path()) == "c1");
  BOOST_REQUIRE(writer.append(dir.path(), line_at(2, "two"), "c2"));
  BOOST_TEST(stored(dir.path()) == record_at(1, "one") + record_at(2, "two"));
}

BOOST_AUTO_TEST_CASE(without_cursors_a_torn_record_is_closed) {
  const TempDir dir;
  consort::test::append_segment(dir.path(), 0, record_at(1, "one").substr(0, 40));
  LogWriter writer({});
  BOOST_REQUIRE(writer.append(dir.path(), line_at(2, "two")));
  BOOST_TEST(stored(dir.path()) == record_at(1, "one").substr(0, 40) + "\n" + record_at(2, "two"));
}

BOOST_AUTO_TEST_CASE(threads_may_write_at_once) {
  const TempDir dir;
  LogWriter writer({.max_bytes = 10'000, .max_files = 0});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const fs::path instance = dir / (t % 2 == 0 ? "a" : "b");
      fs::create_directories(instance);
      for (int i = 0; i < 500; ++i) {
        if (!writer.append(instance, line_at(i, std::to_string(t)), std::to_string(i))) return;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const char* name : {"a", "b"}) {
    LogCursor cursor(log_directory(dir / name), {}, 4096, false);
    int lines = 0;
    for (auto more = cursor.next(); *more; more = cursor.next()) ++lines;
    BOOST_TEST(lines == 1000);
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_stores_nothing_of_a_line_and_later_goes_on_without_a_gap) {
  const SmallDisk disk("64k");
  if (!disk.mounted()) {
    std::cerr << "SKIPPED: cannot mount a small file system here\n";
    return;
  }
  fs::create_directories(disk / "a");
  std::ofstream(disk / "ballast") << std::string(16'384, 'b') << std::flush;
  LogWriter writer({});
  const std::string text(1000, 'x');
  long n = 0;
  while (writer.append(disk / "a", line_at(n, text), std::to_string(n))) BOOST_REQUIRE(++n < 1000);
  BOOST_TEST(!writer.append(disk / "a", line_at(n, text), std::to_string(n)));
  BOOST_TEST(*writer.last_cursor(disk / "a") == std::to_string(n - 1));
  fs::remove(disk / "ballast");
  BOOST_REQUIRE(writer.append(disk / "a", line_at(n, text), std::to_string(n)));
  std::string want;
  for (long i = 0; i <= n; ++i) want += record_at(i, text);
  BOOST_TEST((stored(disk / "a") == want));
}

BOOST_AUTO_TEST_CASE(of_lines_that_come_together_a_full_disk_stores_the_first_and_says_how_many) {
  const SmallDisk disk("64k");
  if (!disk.mounted()) {
    std::cerr << "SKIPPED: cannot mount a small file system here\n";
    return;
  }
  fs::create_directories(disk / "a");
  std::ofstream(disk / "ballast") << std::string(16'384, 'b') << std::flush;
  const std::string text(1000, 'x');
  std::vector<PushedLine> lines;
  std::string want;
  for (long i = 0; i < 44; ++i) {
    lines.push_back({line_at(i, text), "c"});
    want += record_at(i, text);
  }
  LogWriter writer({.max_bytes = 8'000, .max_files = 0});
  std::size_t count = 0;
  BOOST_REQUIRE(!writer.append(disk / "a", lines, count));
  BOOST_TEST((count > 0 && count < lines.size()));
  fs::remove(disk / "ballast");
  std::size_t more = 0;
  BOOST_REQUIRE(writer.append(disk / "a", std::span(lines).subspan(count), more));
  BOOST_TEST(count + more == lines.size());
  BOOST_TEST((stored(disk / "a") == want));
}

BOOST_AUTO_TEST_CASE(of_records_a_full_disk_stores_the_first_and_the_cursor_stands_behind_them) {
  const SmallDisk disk("64k");
  if (!disk.mounted()) {
    std::cerr << "SKIPPED: cannot mount a small file system here\n";
    return;
  }
  fs::create_directories(disk / "a");
  std::ofstream(disk / "ballast") << std::string(16'384, 'b') << std::flush;
  std::string want;
  for (long i = 0; i < 44; ++i) want += record_at(i, std::string(1000, 'x'));
  LogWriter writer({.max_bytes = 8'000, .max_files = 0});
  std::size_t bytes = 0;
  BOOST_REQUIRE(!writer.append(disk / "a", {want, "3:", 0}, bytes));
  BOOST_TEST((bytes > 0 && bytes < want.size()));
  BOOST_TEST((stored(disk / "a").substr(0, bytes) == want.substr(0, bytes)));
  BOOST_TEST(*writer.last_cursor(disk / "a") == "3:" + std::to_string(bytes));
  fs::remove(disk / "ballast");
  std::size_t more = 0;
  BOOST_REQUIRE(
      writer.append(disk / "a", {std::string_view(want).substr(bytes), "3:", bytes}, more));
  BOOST_TEST(bytes + more == want.size());
  BOOST_TEST((stored(disk / "a") == want));
}

BOOST_AUTO_TEST_SUITE_END()
