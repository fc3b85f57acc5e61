#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/record/syncer.h"

namespace consort::record {

enum class Durable { no, yes };

// A map of keys to JSON values that survives its process. It is a directory (0700) of
//
//   snapshot            every entry at one time, with checksums
//   journal             the changes since, one write() each
//   snapshot.previous   what snapshot and journal were before the last compaction; with the two
//   journal.previous    journals it makes the same state again when `snapshot` is damaged
//
// A change is in the page cache when put() or erase() returns, so it survives a kill, not a power
// cut; Durable::yes syncs it soon afterwards, on a thread of its own. A torn last line is cut off
// when the store is opened. One owner (the project's lock); one thread.
class Store {
 public:
  // Opens or makes the store. A record of a newer format is an error (unsupported) and nothing is
  // written; what is damaged is replaced by the previous copy, set aside (NAME.damaged) and told in
  // warnings().
  static base::Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory);
  ~Store();  // finishes the syncs under way

  // For people: what was lost or repaired at open. Empty when all was well.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // On an error (no space) the old value stays, here and on disk, and a later change may succeed.
  // A key may not be empty or hold white space or control characters.
  base::Result<void> put(std::string_view key, const boost::json::value& value,
                         Durable durable = Durable::no);
  base::Result<void> erase(std::string_view key, Durable durable = Durable::no);

  std::optional<boost::json::value> get(std::string_view key) const;
  // In the order of the keys.
  std::vector<std::pair<std::string, boost::json::value>> entries(std::string_view prefix) const;

  // Waits for the syncs under way. An error if one has failed since the last flush.
  base::Result<void> flush() { return syncer_.flush(); }

 private:
  explicit Store(std::filesystem::path directory) : directory_(std::move(directory)) {}
  base::Result<void> load();
  base::Result<void> set_aside(const std::string& name);
  base::Result<bool> load_snapshot(const std::filesystem::path& path);
  base::Result<bool> load_journal(const std::filesystem::path& path);
  base::Result<void> open_journal();
  base::Result<void> append(std::string_view line, Durable durable);
  base::Result<void> compact();
  base::Result<void> write_snapshot(const std::filesystem::path& path);
  std::filesystem::path file(std::string_view name) const { return directory_ / name; }

  std::filesystem::path directory_;
  std::map<std::string, std::string, std::less<>> entries_;  // their lines in the journal
  std::vector<std::string> warnings_;
  std::shared_ptr<base::Fd> journal_;
  std::uint64_t journal_size_ = 0;
  std::uint64_t snapshot_size_ = 0;
  std::uint64_t compact_after_ = 0;  // journal size; raised when a compaction fails
  bool torn_ = false;                // the journal ends in a part of a line
  bool directory_synced_ = false;
  bool durable_ = false;  // some entry asked to outlive the machine
  Syncer syncer_;
};

}  // namespace consort::record
