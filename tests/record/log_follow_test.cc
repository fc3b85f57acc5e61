#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>

#include "core/base/file.h"
#include "core/record/log_reader.h"
#include "core/record/log_writer.h"
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
namespace fs = std::filesystem;

namespace {

struct Follower {
  TempDir dir;
  asio::io_context io{1};
  std::unique_ptr<LogReader> reader;

  void open(std::vector<std::string> names, std::optional<std::uint64_t> tail = {}) {
    LogQuery query;
    for (const auto& name : names) query.sources.push_back({name + "-1", dir / name});
    query.tail = tail;
    query.follow = true;
    auto opened = LogReader::open(io.get_executor(), std::move(query));
    BOOST_REQUIRE(opened);
    reader = *std::move(opened);
  }
  void write(const std::string& name, std::uint32_t segment, const std::string& text) {
    append_segment(dir / name, segment, text);
  }
  std::string next() {
    const auto batch = run(io, reader->next());
    BOOST_REQUIRE(batch);
    return *batch;
  }
  // The next batch, while `change` happens after the reader has begun to wait.
  template <class Change>
  std::string next_after(Change change) {
    const auto task = [&]() -> asio::awaitable<consort::base::Result<std::string>> {
      asio::post(io, [this, &change] { asio::post(io, change); });
      co_return co_await reader->next();
    };
    const auto batch = run(io, task());
    BOOST_REQUIRE(batch);
    return *batch;
  }
};

// A process of its own that writes `count` numbered records and rotates, as a shim does: a record
// is torn over two writes now and then.
pid_t start_writer(const fs::path& instance, int count, std::uint64_t segment_size) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child != 0) return child;
  std::uint32_t segment = 0;
  std::uint64_t size = 0;
  fs::create_directories(log_directory(instance));
  auto fd = consort::base::Fd(::open(segment_path(log_directory(instance), 0).c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600));
  for (int i = 0; i < count; ++i) {
    const std::string record = record_at(i, std::to_string(i));
    if (size + record.size() > segment_size) {
      const auto path = segment_path(log_directory(instance), ++segment);
      fd.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
      size = 0;
    }
    const std::size_t half = i % 7 == 0 ? 25 : record.size();
    static_cast<void>(consort::base::write_all(fd.get(), record.substr(0, half)));
    static_cast<void>(consort::base::write_all(fd.get(), record.substr(half)));
    size += record.size();
  }
  ::_exit(0);
}

void check_numbers(std::string_view wire, const std::string& label, int from, int to) {
  int next = from;
  while (!wire.empty()) {
    const std::size_t end = wire.find('\n');
    const auto line = parse_labelled_line(wire.substr(0, end));
    wire.remove_prefix(end + 1);
    if (!line || line->label != label) continue;
    if (line->line.text != std::to_string(next)) {
      BOOST_FAIL("got " + std::string(line->line.text) + " instead of " + std::to_string(next));
    }
    ++next;
  }
  BOOST_TEST(next == to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_follow)

BOOST_FIXTURE_TEST_CASE(gives_what_is_stored_and_then_what_comes, Follower) {
  write("a", 0, record_at(1, "stored"));
  open({"a"});
  BOOST_TEST(next() == "a-1 " + record_at(1, "stored"));
  BOOST_TEST(next_after([&] { write("a", 0, record_at(2, "new")); }) ==
             "a-1 " + record_at(2, "new"));
  BOOST_TEST(next_after([&] { write("a", 1, record_at(3, "rotated")); }) ==
             "a-1 " + record_at(3, "rotated"));
}

BOOST_FIXTURE_TEST_CASE(what_is_written_between_two_calls_is_not_missed, Follower) {
  open({"a"}, 0);
  write("a", 0, record_at(2, "late") + record_at(1, "early"));
  write("b", 0, record_at(1, "other"));
  BOOST_TEST(next() == "a-1 " + record_at(2, "late") + "a-1 " + record_at(1, "early"));
}

BOOST_FIXTURE_TEST_CASE(waits_for_an_instance_that_has_no_log_yet, Follower) {
  fs::create_directories(dir / "a");
  open({"a"});
  BOOST_TEST(next_after([&] { write("a", 0, record_at(1, "first")); }) ==
             "a-1 " + record_at(1, "first"));
  BOOST_TEST(next_after([&] { write("a", 0, record_at(2, "second")); }) ==
             "a-1 " + record_at(2, "second"));
}

BOOST_FIXTURE_TEST_CASE(takes_up_an_instance_that_is_added, Follower) {
  fs::create_directories(dir / "a");
  open({"a"});
  write("b", 0, record_at(1, "before"));
  BOOST_TEST(next_after([&] {
               reader->add({"b-1", dir / "b"});
             }) == "b-1 " + record_at(1, "before"));
  BOOST_TEST(next_after([&] { write("b", 0, record_at(2, "after")); }) ==
             "b-1 " + record_at(2, "after"));
}

BOOST_FIXTURE_TEST_CASE(sorts_by_time_what_comes_together, Follower) {
  fs::create_directories(dir / "a");
  fs::create_directories(dir / "b");
  open({"a", "b"});
  const auto both = [&] {
    write("a", 0, record_at(1, "1") + record_at(3, "3"));
    write("b", 0, record_at(2, "2"));
  };
  BOOST_TEST(next_after(both) ==
             "a-1 " + record_at(1, "1") + "b-1 " + record_at(2, "2") + "a-1 " + record_at(3, "3"));
}

BOOST_FIXTURE_TEST_CASE(an_ended_or_removed_instance_is_read_to_its_end, Follower) {
  write("a", 0, record_at(1, "a"));
  write("b", 0, record_at(1, "b"));
  open({"a", "b"}, 0);
  BOOST_TEST(next_after([&] {
               write("a", 0, record_at(2, "last of a"));
               reader->end(dir / "a");
             }) == "a-1 " + record_at(2, "last of a"));
  // It was read since, so its descriptor is held.
  BOOST_TEST(next_after([&] { write("b", 0, record_at(2, "b again")); }) ==
             "b-1 " + record_at(2, "b again"));
  BOOST_TEST(next_after([&] {
               write("b", 0, record_at(3, "last of b"));
               fs::remove_all(dir / "b");
             }) == "b-1 " + record_at(3, "last of b"));
  reader->finish();
  BOOST_TEST(next() == "");
}

BOOST_FIXTURE_TEST_CASE(finish_gives_the_rest_and_then_the_end, Follower) {
  fs::create_directories(dir / "a");
  open({"a"});
  BOOST_TEST(next_after([&] {
               write("a", 0, record_at(1, "rest"));
               reader->finish();
             }) == "a-1 " + record_at(1, "rest"));
  BOOST_TEST(next() == "");
}

BOOST_FIXTURE_TEST_CASE(until_ends_it, Follower) {
  write("a", 0, record_at(1, "stored"));
  LogQuery query;
  query.sources = {{"a-1", dir / "a"}};
  query.until = std::chrono::system_clock::now() + 50ms;
  query.follow = true;
  reader = *LogReader::open(io.get_executor(), query);
  BOOST_TEST(next() == "a-1 " + record_at(1, "stored"));
  BOOST_TEST(next() == "");
}

BOOST_FIXTURE_TEST_CASE(a_reader_may_go_while_it_waits, Follower) {
  fs::create_directories(dir / "a");
  open({"a"});
  bool ended = false;
  asio::co_spawn(io, reader->next(),
                 [&](std::exception_ptr, consort::base::Result<std::string>) { ended = true; });
  io.poll();
  reader.reset();
  io.restart();
  io.run();
  BOOST_TEST(ended);
}

BOOST_FIXTURE_TEST_CASE(rotation_under_two_writing_processes_loses_and_doubles_nothing, Follower) {
  constexpr int count = 30'000;
  fs::create_directories(dir / "a");
  fs::create_directories(dir / "b");
  open({"a", "b"});
  const pid_t first = start_writer(dir / "a", count, 20'000);
  const pid_t second = start_writer(dir / "b", count, 50'000);
  std::string all;
  const auto lines = [&] { return std::count(all.begin(), all.end(), '\n'); };
  while (lines() < 2 * count) {
    all += next();
    BOOST_REQUIRE(!all.empty());
  }
  for (const pid_t writer : {first, second}) {
    int status = 0;
    BOOST_REQUIRE(::waitpid(writer, &status, 0) == writer);
    BOOST_TEST(status == 0);
  }
  reader->finish();
  all += next();
  check_numbers(all, "a-1", 0, count);
  check_numbers(all, "b-1", 0, count);
}

BOOST_FIXTURE_TEST_CASE(an_open_in_the_middle_of_the_writing_sees_each_record_once, Follower) {
  constexpr int count = 30'000;
  const pid_t writer = start_writer(dir / "a", count, 20'000);
  while (!fs::exists(segment_path(log_directory(dir / "a"), 3))) ::sched_yield();
  open({"a"});
  std::string all;
  while (std::count(all.begin(), all.end(), '\n') < count) all += next();
  int status = 0;
  BOOST_REQUIRE(::waitpid(writer, &status, 0) == writer);
  reader->finish();
  all += next();
  check_numbers(all, "a-1", 0, count);
}

BOOST_AUTO_TEST_SUITE_END()
