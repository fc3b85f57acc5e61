#include "core/record/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "core/record/journal_file.h"

namespace consort::record {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;

constexpr std::uint64_t smallest_compaction = 1u << 20;  // costs 4 ms, so not each few services
// The first comes early: until then the journal is the only copy.
constexpr std::uint64_t first_compaction = 4u << 10;
constexpr std::size_t file_limit = 1u << 30;

Error newer_format(const fs::path& path, int version) {
  return Error(ErrorKind::unsupported,
               "cannot use " + path.string() + ": it was written by a newer Consort (format " +
                   std::to_string(version) + ", this one knows " + std::to_string(format_version) +
                   "); use that version, or remove the file to forget the project");
}

std::optional<json::value> parse(const std::string& line) {
  json::parse_options options;
  options.max_depth = 256;
  json::error_code error;
  json::value value = json::parse(json_of(line), error, {}, options);
  if (error) return std::nullopt;
  return value;
}

}  // namespace

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const fs::path& directory) {
  std::unique_ptr<Store> store(new Store(directory));
  if (auto loaded = store->load(); !loaded) return loaded.error().wrap("cannot open the record");
  return store;
}

Result<void> Store::load() {
  if (auto made = base::ensure_private_directory(directory_); !made) return made;
  // A newer version anywhere is refused before anything is written.
  for (const auto& [name, kind] :
       {std::pair("snapshot", "snapshot"), std::pair("snapshot.previous", "snapshot"),
        std::pair("journal", "journal"), std::pair("journal.previous", "journal")}) {
    const auto text = base::read_file(file(name), file_limit);
    if (!text && text.error().kind() == ErrorKind::not_found) continue;
    if (!text) return text.error();
    const ParsedHeader header = parse_header(*text, kind);
    if (header.state == Header::newer) return newer_format(file(name), header.version);
  }

  const auto current = load_snapshot(file("snapshot"));
  bool repaired = false;
  if (!current) {
    repaired = true;
    if (auto kept = set_aside("snapshot"); !kept) return kept;
    warnings_.push_back(current.error().message() + "; the previous copy is used (it is now " +
                        file("snapshot.damaged").string() + ")");
  }
  if (!current || !*current) {
    const auto previous = load_snapshot(file("snapshot.previous"));
    if (!previous) {
      repaired = true;
      if (auto kept = set_aside("snapshot.previous"); !kept) return kept;
      warnings_.push_back(previous.error().message() +
                          "; only the later changes are known (it is now " +
                          file("snapshot.previous.damaged").string() + ")");
    } else if (!*previous && repaired) {
      warnings_.push_back(
          "cannot find a previous copy of the record: only the later changes are known");
    }
  }
  for (const char* name : {"journal.previous", "journal"}) {
    const auto loaded = load_journal(file(name));
    if (!loaded) return loaded.error();
    if (!*loaded) repaired = true;
  }
  if (auto opened = open_journal(); !opened) return opened;

  compact_after_ =
      snapshot_size_ == 0 ? first_compaction : std::max(snapshot_size_, smallest_compaction);
  if (repaired) {
    if (auto written = write_snapshot(file("snapshot.previous")); !written) return written;
    return compact();
  }
  return {};
}

Result<void> Store::set_aside(const std::string& name) {
  if (::rename(file(name).c_str(), file(name + ".damaged").c_str()) == 0) return {};
  return base::system_error("set aside", file(name), errno);
}

// False: there is none.
Result<bool> Store::load_snapshot(const fs::path& path) {
  const auto text = base::read_file(path, file_limit);
  if (!text && text.error().kind() == ErrorKind::not_found) return false;
  if (!text) return text.error();
  const ParsedHeader header = parse_header(*text, "snapshot");
  std::map<std::string, std::string, std::less<>> entries;
  Replay result;
  if (header.state == Header::good) {
    result = replay(std::string_view(*text).substr(header.size), [&](const Change& change) {
      entries.insert_or_assign(std::string(change.key), std::string(change.line));
    });
  }
  if (header.state != Header::good || result.applied != header.count || result.damaged != 0 ||
      header.size + result.good_size != text->size()) {
    return Error("cannot read " + path.string() + ": it is damaged");
  }
  entries_ = std::move(entries);
  snapshot_size_ = text->size();
  return true;
}

// False: it was damaged, what could be read of it counts, and it was set aside.
Result<bool> Store::load_journal(const fs::path& path) {
  const auto text = base::read_file(path, file_limit);
  if (!text && text.error().kind() == ErrorKind::not_found) return true;
  if (!text) return text.error();
  const ParsedHeader header = parse_header(*text, "journal");
  // A header that was torn off is a journal that never had a line.
  const bool readable = header.state == Header::good;
  const bool damaged = !readable && (text->find('\n') != std::string::npos ||
                                     text->size() > file_header("journal").size());
  const fs::path aside = path.string() + ".damaged";
  if (damaged) {
    warnings_.push_back("cannot read " + path.string() +
                        ": it is damaged; its changes are lost (it is now " + aside.string() + ")");
  }
  Replay result;
  if (readable) {
    result = replay(std::string_view(*text).substr(header.size), [&](const Change& change) {
      if (change.put) {
        entries_.insert_or_assign(std::string(change.key), std::string(change.line));
      } else if (const auto entry = entries_.find(change.key); entry != entries_.end()) {
        entries_.erase(entry);
      }
    });
  }
  if (result.damaged != 0) {
    warnings_.push_back("cannot read " + std::to_string(result.damaged) + " lines of " +
                        path.string() + ": they are damaged; those changes are lost (it is now " +
                        aside.string() + ")");
  }
  if (damaged || result.damaged != 0) {
    if (auto kept = set_aside(path.filename().string()); !kept) return kept.error();
    return false;
  }
  const std::size_t good = readable ? header.size + result.good_size : 0;
  if (good != text->size() && ::truncate(path.c_str(), static_cast<off_t>(good)) != 0) {
    return base::system_error("cut the torn end of", path, errno);
  }
  return true;
}

Result<void> Store::open_journal() {
  const fs::path path = file("journal");
  auto fd = std::make_shared<Fd>(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat info {};
  if (!*fd || ::fstat(fd->get(), &info) != 0) return base::system_error("write", path, errno);
  journal_size_ = static_cast<std::uint64_t>(info.st_size);
  if (journal_size_ == 0) {
    const std::string header = file_header("journal");
    if (auto written = base::write_all(fd->get(), header); !written) {
      return written.error().wrap("cannot write " + path.string());
    }
    journal_size_ = header.size();
  }
  journal_ = std::move(fd);
  return {};
}

Result<void> Store::put(std::string_view key, const json::value& value, Durable durable) {
  if (!valid_key(key)) {
    return Error(ErrorKind::invalid, "cannot record '" + std::string(key) + "': not a valid key");
  }
  std::string line = put_line(key, json::serialize(value));
  if (auto written = append(line, durable); !written) {
    return written.error().wrap("cannot record " + std::string(key));
  }
  if (const auto entry = entries_.find(key); entry != entries_.end()) {
    entry->second = std::move(line);
  } else {
    entries_.emplace(std::string(key), std::move(line));
  }
  if (journal_size_ > compact_after_) static_cast<void>(compact());
  return {};
}

Result<void> Store::erase(std::string_view key, Durable durable) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return {};
  if (auto written = append(erase_line(key), durable); !written) {
    return written.error().wrap("cannot forget " + std::string(key));
  }
  entries_.erase(entry);
  if (journal_size_ > compact_after_) static_cast<void>(compact());
  return {};
}

std::optional<json::value> Store::get(std::string_view key) const {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return std::nullopt;
  return parse(entry->second);
}

std::vector<std::pair<std::string, json::value>> Store::entries(std::string_view prefix) const {
  std::vector<std::pair<std::string, json::value>> found;
  for (auto entry = entries_.lower_bound(prefix);
       entry != entries_.end() && entry->first.starts_with(prefix); ++entry) {
    if (auto value = parse(entry->second)) found.emplace_back(entry->first, std::move(*value));
  }
  return found;
}

// All of the line or nothing: what a failed write left is cut off, and where even that fails the
// next line starts with a newline, so that the torn one stays alone.
Result<void> Store::append(std::string_view line, Durable durable) {
  std::string closing;
  if (torn_) {
    closing = "\n" + std::string(line);
    line = closing;
  }
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(journal_->get(), line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int cause = errno;
      if (done != 0 && ::ftruncate(journal_->get(), static_cast<off_t>(journal_size_)) != 0) {
        torn_ = true;
        journal_size_ += done;
      }
      return base::system_error("write", file("journal"), cause);
    }
    done += static_cast<std::size_t>(n);
  }
  torn_ = false;
  journal_size_ += line.size();
  if (durable == Durable::yes) {
    durable_ = true;
    syncer_.request({journal_}, directory_synced_ ? fs::path() : directory_);
    directory_synced_ = true;
  }
  return {};
}

Result<void> Store::write_snapshot(const fs::path& path) {
  std::string text = file_header("snapshot", entries_.size());
  for (const auto& [key, line] : entries_) text += line;
  snapshot_size_ = text.size();
  return base::write_file_atomic(path, text);
}

// Each step leaves a directory that load() makes the same state of: replaying a journal over a
// snapshot taken after it changes nothing.
Result<void> Store::compact() {
  // The copies that are synced must not be replaced twice before the new ones are.
  if (durable_ && syncer_.busy()) return {};
  compact_after_ = journal_size_ + smallest_compaction;  // if it fails: not again at once

  const std::string header = file_header("journal");
  if (auto written = base::write_file_atomic(file("journal.next"), header); !written)
    return written;
  auto journal = std::make_shared<Fd>(
      ::open(file("journal.next").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!*journal) return base::system_error("write", file("journal.next"), errno);
  if (auto written = write_snapshot(file("snapshot.next")); !written) return written;
  auto snapshot = std::make_shared<Fd>(::open(file("snapshot.next").c_str(), O_RDONLY | O_CLOEXEC));
  if (!*snapshot) return base::system_error("read", file("snapshot.next"), errno);

  const auto move = [&](const char* from, const char* to) -> Result<void> {
    if (::rename(file(from).c_str(), file(to).c_str()) == 0 || errno == ENOENT) return {};
    return base::system_error("replace", file(to), errno);
  };
  for (const auto& [from, to] :
       {std::pair("snapshot", "snapshot.previous"), std::pair("snapshot.next", "snapshot"),
        std::pair("journal", "journal.previous"), std::pair("journal.next", "journal")}) {
    if (auto moved = move(from, to); !moved) return moved;
  }
  journal_ = std::move(journal);
  journal_size_ = header.size();
  torn_ = false;
  compact_after_ = std::max(snapshot_size_, smallest_compaction);
  if (durable_) syncer_.request({snapshot, journal_}, directory_);
  return {};
}

}  // namespace consort::record
