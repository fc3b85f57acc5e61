#include "core/record/store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include "core/record/journal_file.h"
#include "core/record/peek.h"
#include "tests/base/temp_dir.h"
#include "tests/record/small_disk.h"

using namespace consort::record;
namespace json = boost::json;
namespace fs = std::filesystem;
using consort::base::ErrorKind;
using consort::test::SmallDisk;
using consort::test::TempDir;

namespace {

std::unique_ptr<Store> open(const fs::path& path) {
  auto store = Store::open(path);
  BOOST_REQUIRE_MESSAGE(store, store.error().message());
  return *std::move(store);
}

std::string text(const fs::path& path) { return *consort::base::read_file(path); }

void write(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << content;
}

std::map<std::string, std::string> all(const Store& store) {
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : store.entries("")) found[key] = json::serialize(value);
  return found;
}

std::map<std::string, std::string> files(const fs::path& directory) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    found[entry.path().filename().string()] = text(entry.path());
  }
  return found;
}

// Changes until the store has been compacted `times` times.
void compact(Store& store, const fs::path& path, int times) {
  const std::string filler(2000, 'x');
  int n = 0;
  std::uintmax_t before = fs::file_size(path / "journal");
  while (times > 0) {
    BOOST_REQUIRE(store.put("filler/" + std::to_string(n++ % 20), json::value(filler)));
    const std::uintmax_t now = fs::file_size(path / "journal");
    if (now < before) --times;
    before = now;
    BOOST_REQUIRE(n < 100'000);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store)

BOOST_AUTO_TEST_CASE(remembers_over_a_reopen) {
  const TempDir dir;
  {
    const auto store = open(dir / "record");
    BOOST_REQUIRE(store->put("replica/a-1", {{"state", "running"}}));
    BOOST_REQUIRE(store->put("replica/b-1", 1));
    BOOST_REQUIRE(store->put("replica/b-1", 2));
    BOOST_REQUIRE(store->put("project", nullptr));
    BOOST_REQUIRE(store->put("gone", 3));
    BOOST_REQUIRE(store->erase("gone"));
    BOOST_REQUIRE(store->erase("never"));
  }
  const auto store = open(dir / "record");
  BOOST_TEST(store->warnings().empty());
  const auto replicas = store->entries("replica/");
  BOOST_REQUIRE(replicas.size() == 2u);
  BOOST_TEST(replicas[0].first == "replica/a-1");
  BOOST_TEST((replicas[1].second == json::value(2)));
  BOOST_TEST(store->get("project")->is_null());
  BOOST_TEST(!store->get("gone"));
  BOOST_TEST((fs::status(dir / "record").permissions() == fs::perms::owner_all));
}

BOOST_AUTO_TEST_CASE(a_key_with_white_space_is_refused) {
  const TempDir dir;
  const auto store = open(dir / "record");
  const auto put = store->put("a b", 1);
  BOOST_REQUIRE(!put);
  BOOST_TEST((put.error().kind() == ErrorKind::invalid));
}

BOOST_AUTO_TEST_CASE(a_killed_process_loses_nothing_it_had_put) {
  const TempDir dir;
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    auto store = Store::open(dir / "record");
    for (int i = 0; store && i < 1000; ++i) {
      if (!(*store)->put("key/" + std::to_string(i), {{"n", i}, {"text", std::string(900, 't')}})) {
        ::_exit(1);
      }
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFSIGNALED(status));
  const auto store = open(dir / "record");
  BOOST_TEST(store->entries("key/").size() == 1000u);
  BOOST_TEST(store->warnings().empty());
}

BOOST_AUTO_TEST_CASE(a_torn_tail_is_cut_and_later_changes_survive) {
  const TempDir dir;
  const fs::path journal = dir / "record/journal";
  { BOOST_REQUIRE(open(dir / "record")->put("a", 1)); }
  const std::string good = text(journal);
  const std::string torn = put_line("b", "2");
  for (std::size_t size = 1; size < torn.size(); ++size) {
    write(journal, good + torn.substr(0, size));
    {
      const auto store = open(dir / "record");
      BOOST_TEST(store->warnings().empty());
      BOOST_TEST(text(journal) == good);
      BOOST_REQUIRE(store->put("c", 3));
    }
    const std::map<std::string, std::string> want{{"a", "1"}, {"c", "3"}};
    BOOST_TEST((all(*open(dir / "record")) == want));
  }
}

BOOST_AUTO_TEST_CASE(a_torn_header_is_an_empty_journal) {
  const TempDir dir;
  { open(dir / "record"); }
  write(dir / "record/journal", "consort-jou");
  { BOOST_REQUIRE(open(dir / "record")->put("a", 1)); }
  BOOST_TEST(all(*open(dir / "record")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(damage_in_the_middle_of_the_journal_is_told_and_costs_that_change_only) {
  const TempDir dir;
  const fs::path journal = dir / "record/journal";
  {
    const auto store = open(dir / "record");
    BOOST_REQUIRE(store->put("first", 1));
    BOOST_REQUIRE(store->put("second", 2));
    BOOST_REQUIRE(store->put("third", 3));
  }
  std::string content = text(journal);
  content[content.find("second")] = 'S';
  write(journal, content);
  const auto store = open(dir / "record");
  const std::map<std::string, std::string> want{{"first", "1"}, {"third", "3"}};
  BOOST_TEST((all(*store) == want));
  BOOST_REQUIRE(store->warnings().size() == 1u);
  BOOST_TEST(text(dir / "record/journal.damaged") == content);
}

BOOST_AUTO_TEST_CASE(what_is_all_damaged_is_kept_under_other_names) {
  TempDir dir;
  {
    const auto store = open(dir / "record");
    BOOST_REQUIRE(store->put("k", 1));
  }
  for (const char* name : {"snapshot", "snapshot.previous", "journal.previous", "journal"}) {
    write(dir / "record" / name, std::string("garbage\nof ") + name + std::string(5000, '\n'));
  }
  const auto store = open(dir / "record");
  BOOST_TEST(all(*store).empty());
  BOOST_TEST(store->warnings().size() == 4);
  for (const char* name : {"snapshot", "snapshot.previous", "journal.previous", "journal"}) {
    const auto kept = dir / "record" / (std::string(name) + ".damaged");
    BOOST_TEST(text(kept).starts_with(std::string("garbage\nof ") + name));
    const bool told = std::ranges::any_of(store->warnings(), [&](const std::string& warning) {
      return warning.find("(it is now " + kept.string() + ")") != std::string::npos;
    });
    BOOST_TEST(told, name);
  }
}

BOOST_AUTO_TEST_CASE(a_value_is_peeked_at_beside_its_owner) {
  TempDir dir;
  BOOST_TEST(!peek(dir / "record", "k"));
  const auto store = open(dir / "record");
  BOOST_REQUIRE(store->put("k", 1));
  BOOST_REQUIRE(store->put("k", "two"));
  BOOST_REQUIRE(store->put("gone", 3));
  BOOST_REQUIRE(store->erase("gone"));
  BOOST_TEST(*peek(dir / "record", "k") == json::value("two"));
  BOOST_TEST(!peek(dir / "record", "gone"));
  const std::string long_text(10'000, 'x');  // enough for a compaction
  BOOST_REQUIRE(store->put("long", json::value(long_text)));
  BOOST_REQUIRE(fs::exists(dir / "record/snapshot"));
  BOOST_TEST(*peek(dir / "record", "k") == json::value("two"));
  BOOST_TEST(*peek(dir / "record", "long") == json::value(long_text));
}

BOOST_AUTO_TEST_CASE(a_damaged_journal_is_set_aside_and_the_early_snapshot_is_used) {
  const TempDir dir;
  const std::string garbage = "no journal\n" + std::string(5000, '?');
  {
    const auto store = open(dir / "record");
    for (int i = 0; i < 10; ++i) {
      BOOST_REQUIRE(store->put("key/" + std::to_string(i), json::value(std::string(900, 't'))));
    }
  }
  BOOST_TEST(fs::exists(dir / "record/snapshot"));
  write(dir / "record/journal", garbage);
  {
    const auto store = open(dir / "record");
    BOOST_TEST(store->warnings().size() == 1u);
    BOOST_TEST(!store->entries("key/").empty());
    BOOST_REQUIRE(store->put("later", 1));
  }
  BOOST_TEST(text(dir / "record/journal.damaged") == garbage);
  const auto store = open(dir / "record");
  BOOST_TEST(store->warnings().empty());
  BOOST_TEST(!store->entries("key/").empty());
  BOOST_TEST(store->get("later").has_value());
}

BOOST_AUTO_TEST_CASE(compaction_keeps_the_state_and_bounds_the_files) {
  const TempDir dir;
  std::map<std::string, std::string> before;
  {
    const auto store = open(dir / "record");
    BOOST_REQUIRE(store->put("kept", {{"deep", {1, 2, 3}}}));
    compact(*store, dir / "record", 3);
    BOOST_REQUIRE(store->put("late", true));
    before = all(*store);
  }
  BOOST_TEST(fs::exists(dir / "record/snapshot.previous"));
  BOOST_TEST(fs::exists(dir / "record/journal.previous"));
  BOOST_TEST(fs::file_size(dir / "record/journal") < 10'000u);
  const auto store = open(dir / "record");
  BOOST_TEST(store->warnings().empty());
  BOOST_TEST((all(*store) == before));
}

BOOST_AUTO_TEST_CASE(a_damaged_snapshot_is_replaced_by_the_previous_copy_without_a_loss) {
  const std::pair<const char*, void (*)(std::string&)> damages[] = {
      {"a flipped byte", [](std::string& s) { s[s.size() / 2] ^= 4; }},
      {"a cut", [](std::string& s) { s.resize(s.size() / 2); }},
      {"a missing last line", [](std::string& s) { s.resize(s.rfind('\n', s.size() - 2) + 1); }},
      {"nothing in it", [](std::string& s) { s.clear(); }},
      {"zeros", [](std::string& s) { s.assign(s.size(), '\0'); }},
  };
  for (const auto& [name, damage] : damages) {
    BOOST_TEST_CONTEXT(name) {
      const TempDir dir;
      std::map<std::string, std::string> before;
      {
        const auto store = open(dir / "record");
        BOOST_REQUIRE(store->put("kept", 1));
        compact(*store, dir / "record", 3);
        BOOST_REQUIRE(store->put("late", 2));
        BOOST_REQUIRE(store->erase("filler/1"));
        before = all(*store);
      }
      std::string content = text(dir / "record/snapshot");
      damage(content);
      write(dir / "record/snapshot", content);
      {
        const auto store = open(dir / "record");
        BOOST_REQUIRE(store->warnings().size() == 1u);
        BOOST_TEST(store->warnings()[0].find(
                       "snapshot: it is damaged; the previous copy is used") != std::string::npos);
        BOOST_TEST((all(*store) == before));
      }
      BOOST_TEST(fs::exists(dir / "record/snapshot.damaged"));
      const auto repaired = open(dir / "record");
      BOOST_TEST(repaired->warnings().empty());
      BOOST_TEST((all(*repaired) == before));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_kill_between_the_steps_of_a_compaction_loses_nothing) {
  const TempDir dir;
  std::map<std::string, std::string> before;
  {
    const auto store = open(dir / "record");
    compact(*store, dir / "record", 2);
    BOOST_REQUIRE(store->put("late", 2));
    before = all(*store);
  }
  // The steps are renames, in this order, after the new files are complete.
  std::string snapshot = file_header("snapshot", before.size());
  for (const auto& [key, value] : before) snapshot += put_line(key, value);
  write(dir / "record/snapshot.next", snapshot);
  write(dir / "record/journal.next", file_header("journal"));
  BOOST_TEST((all(*open(dir / "record")) == before));
  for (const auto& [from, to] :
       {std::pair("snapshot", "snapshot.previous"), std::pair("snapshot.next", "snapshot"),
        std::pair("journal", "journal.previous"), std::pair("journal.next", "journal")}) {
    fs::rename(dir / "record" / from, dir / "record" / to);
    BOOST_TEST_CONTEXT("after moving " << from) {
      const TempDir copy;
      fs::copy(dir / "record", copy / "record");
      fs::permissions(copy / "record", fs::perms::owner_all);
      const auto store = open(copy / "record");
      BOOST_TEST(store->warnings().empty());
      BOOST_TEST((all(*store) == before));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused_and_nothing_is_written) {
  for (const char* name : {"snapshot", "snapshot.previous", "journal", "journal.previous"}) {
    BOOST_TEST_CONTEXT(name) {
      const TempDir dir;
      {
        const auto store = open(dir / "record");
        compact(*store, dir / "record", 2);
      }
      std::string content = text(dir / "record" / name);
      content.replace(content.find(" 1 "), 3, " 2 ");
      write(dir / "record" / name, content);
      write(dir / "record/journal", text(dir / "record/journal") + "torn");
      const auto before = files(dir / "record");
      const auto opened = Store::open(dir / "record");
      BOOST_REQUIRE(!opened);
      BOOST_TEST((opened.error().kind() == ErrorKind::unsupported));
      BOOST_TEST(opened.error().message().find("format 2, this one knows 1") != std::string::npos);
      BOOST_TEST((files(dir / "record") == before));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_changes_and_keeps_the_old_state) {
  const SmallDisk disk("256k");
  if (!disk.mounted()) {
    std::cerr << "SKIPPED: cannot mount a small file system here\n";
    return;
  }
  std::map<std::string, std::string> before;
  {
    const auto store = open(disk / "record");
    BOOST_REQUIRE(store->put("a", "old"));
    write(disk / "ballast", std::string(100'000, 'b'));
    const std::string large(3000, 'y');  // not a divisor of a page: the last write is a short one
    int n = 0;
    while (store->put("fill/" + std::to_string(n), json::value(large))) BOOST_REQUIRE(++n < 1000);
    const auto failed = store->put("a", json::value(large));
    BOOST_REQUIRE(!failed);
    BOOST_TEST(failed.error().message().find("No space left") != std::string::npos);
    BOOST_TEST((*store->get("a") == json::value("old")));
    BOOST_TEST((all(*open(disk / "record"))["a"] == "\"old\""));
    fs::remove(disk / "ballast");
    BOOST_REQUIRE(store->put("a", "new"));
    before = all(*store);
  }
  const auto store = open(disk / "record");
  BOOST_TEST(store->warnings().empty());
  BOOST_TEST((all(*store) == before));
  BOOST_TEST((*store->get("a") == json::value("new")));
}

BOOST_AUTO_TEST_CASE(durable_changes_are_synced_by_a_thread_that_ends) {
  const TempDir dir;
  const auto store = open(dir / "record");
  const auto threads = [] {
    const fs::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = threads();
  for (int i = 0; i < 50; ++i) {
    BOOST_REQUIRE(store->put("debt/" + std::to_string(i), i, Durable::yes));
  }
  BOOST_REQUIRE(store->flush());
  compact(*store, dir / "record", 2);
  BOOST_REQUIRE(store->erase("debt/1", Durable::yes));
  BOOST_REQUIRE(store->flush());
  // flush() returns as the thread's last act; the kernel may still be taking it down.
  while (threads() != before) ::sched_yield();
  BOOST_TEST(store->entries("debt/").size() == 49u);
}

BOOST_AUTO_TEST_SUITE_END()
