#include "core/record/log_reader.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <map>
#include <queue>
#include <utility>

#include "core/record/directory_watch.h"
#include "core/record/log_cursor.h"
#include "core/record/log_tail.h"
#include "core/record/segments.h"

namespace consort::record {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;

constexpr std::size_t batch_size = 256u << 10;
constexpr std::size_t memory = 4u << 20;      // for the chunks of all sources
constexpr int records_in_a_row = 8192;        // then others have their turn
constexpr std::size_t held_descriptors = 64;  // of one reader

struct Source {
  Source(const LogDirectory& directory, LogPosition start, std::size_t chunk, bool hold)
      : prefix(directory.label + " "),
        instance(directory.instance),
        log(log_directory(directory.instance)),
        cursor(log, start, chunk, hold) {}

  std::string prefix;
  fs::path instance;
  fs::path log;
  LogCursor cursor;
  int watch = -2;  // of log, or of instance while there is no log
  bool watches_log = false;
  bool dirty = true;   // may have records that were not read
  bool ended = false;  // will not be written to again
};

struct Head {
  base::WallTime time;
  std::size_t source;
  // The earliest on top; the first source among equals.
  bool operator<(const Head& other) const {
    return std::tie(time, source) > std::tie(other.time, other.source);
  }
};

}  // namespace

struct LogReader::Impl {
  Impl(asio::any_io_executor executor, LogQuery what)
      : query(std::move(what)), wake(executor, asio::steady_timer::time_point::max()) {}

  Result<void> open();
  Result<void> open_sources();
  Result<bool> read_stored(std::string& out);
  Result<void> read_new(std::string& out);
  Result<void> watch_source(Source& source);
  Result<bool> read_source(Source& source, std::size_t quota);
  Result<void> settle(std::size_t index);
  void drop(std::size_t index);
  void changed(int number);
  Source& make_source(const LogDirectory& directory, LogPosition start);
  bool wanted(const LogLine& line) const {
    return (!query.since || line.time >= *query.since) &&
           (!query.until || line.time <= *query.until);
  }
  bool any_dirty() const {
    return std::any_of(sources.begin(), sources.end(), [](const auto& s) { return s->dirty; });
  }

  LogQuery query;
  asio::steady_timer wake;  // expires at `until`; cancelled when there is something to look at
  std::vector<std::unique_ptr<Source>> sources;
  std::priority_queue<Head> heads;  // while reading what is stored
  bool stored = true;               // not yet at the end of what was stored at open
  bool finished = false;
  std::size_t holding = 0;

  struct Record {
    base::WallTime time;
    std::size_t at, size;  // in fresh_text
  };
  std::vector<Record> fresh;  // one batch while following
  std::string fresh_text;

  std::map<int, Source*> by_watch;
  std::unique_ptr<DirectoryWatch> watch;
};

Source& LogReader::Impl::make_source(const LogDirectory& directory, LogPosition start) {
  const std::size_t count = std::max<std::size_t>(query.sources.size(), 1);
  const std::size_t chunk = std::clamp<std::size_t>(memory / count, 16u << 10, 256u << 10);
  const bool hold = query.follow && holding < held_descriptors;
  if (hold) ++holding;
  return *sources.emplace_back(std::make_unique<Source>(directory, start, chunk, hold));
}

Result<void> LogReader::Impl::open_sources() {
  // Newest first, so that a label's tail is filled from its last instance.
  std::map<std::string, std::uint64_t> found;
  for (auto directory = query.sources.rbegin(); directory != query.sources.rend(); ++directory) {
    const fs::path log = log_directory(directory->instance);
    const LogPosition end = log_end(log);
    LogPosition start = query.since ? find_since(log, *query.since) : log_begin(log);
    if (query.tail) {
      std::uint64_t& lines = found[directory->label];
      const auto tail = find_tail(log, end, {*query.tail - lines, query.since, query.until});
      if (!tail) return tail.error();
      lines += tail->lines;
      start = tail->start;
    }
    make_source(*directory, start).cursor.set_end(end);
  }
  std::reverse(sources.begin(), sources.end());
  return {};
}

Result<void> LogReader::Impl::open() {
  for (const auto& directory : query.sources) {
    if (directory.label.empty() || directory.label.find_first_of(" \n") != std::string::npos) {
      return base::Error(ErrorKind::invalid,
                         "cannot read logs: '" + directory.label + "' is not a valid label");
    }
  }
  if (query.follow) {
    auto opened =
        DirectoryWatch::open(wake.get_executor(), [this](int number) { changed(number); });
    if (!opened) return opened.error();
    watch = *std::move(opened);
    if (query.until) {
      wake.expires_after(*query.until - std::chrono::system_clock::now());
    }
  }
  if (auto opened = open_sources(); !opened) return opened;
  if (query.follow) {
    for (const auto& source : sources) {
      if (auto watched = watch_source(*source); !watched) return watched;
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto first = sources[i]->cursor.next();
    if (!first) return first.error();
    if (*first) heads.push({sources[i]->cursor.line().time, i});
  }
  return {};
}

// False: that was all that was stored.
Result<bool> LogReader::Impl::read_stored(std::string& out) {
  for (int records = 0; !heads.empty(); ++records) {
    if (out.size() >= batch_size || records == records_in_a_row) return true;
    const Head head = heads.top();
    heads.pop();
    Source& source = *sources[head.source];
    if (wanted(source.cursor.line())) {
      out += source.prefix;
      out += source.cursor.raw();
      out += '\n';
    }
    const auto more = source.cursor.next();
    if (!more) return more.error();
    if (*more) {
      heads.push({std::max(head.time, source.cursor.line().time), head.source});
    } else {
      source.cursor.release();
    }
  }
  return false;
}

// Watches the log, or the instance's directory until there is one.
Result<void> LogReader::Impl::watch_source(Source& source) {
  const auto use = [&](int number, bool log) {
    if (source.watch >= 0 && source.watch != number) {
      by_watch.erase(source.watch);
      watch->remove(source.watch);
    }
    source.watch = number;
    source.watches_log = log;
    by_watch[number] = &source;
  };
  for (int round = 0; round < 2; ++round) {
    const auto log = watch->add(source.log);
    if (log) {
      use(*log, true);
      return {};
    }
    if (log.error().kind() != ErrorKind::not_found) return log.error();
    if (source.watch >= 0) return {};
    const auto instance = watch->add(source.instance);
    if (!instance && instance.error().kind() != ErrorKind::not_found) return instance.error();
    if (!instance) {
      source.ended = true;  // it was removed
      return {};
    }
    use(*instance, false);
  }
  return {};
}

void LogReader::Impl::changed(int number) {
  if (number == DirectoryWatch::every) {
    for (const auto& source : sources) source->dirty = true;
  } else if (const auto source = by_watch.find(number); source != by_watch.end()) {
    source->second->dirty = true;
  }
  wake.cancel();
}

// Reads up to `quota` bytes. False: nothing is left to read now.
Result<bool> LogReader::Impl::read_source(Source& source, std::size_t quota) {
  base::WallTime latest = base::WallTime::min();
  for (std::size_t taken = 0; taken < quota;) {
    const auto more = source.cursor.next();
    if (!more) return more.error();
    if (!*more) return false;
    taken += source.cursor.raw().size();
    const LogLine& line = source.cursor.line();
    if (!wanted(line)) continue;
    latest = std::max(latest, line.time);
    const std::size_t at = fresh_text.size();
    fresh_text += source.prefix;
    fresh_text += source.cursor.raw();
    fresh_text += '\n';
    fresh.push_back({latest, at, fresh_text.size() - at});
  }
  return true;
}

void LogReader::Impl::drop(std::size_t index) {
  Source& source = *sources[index];
  if (source.watch >= 0) {
    by_watch.erase(source.watch);
    watch->remove(source.watch);
  }
  sources.erase(sources.begin() + static_cast<std::ptrdiff_t>(index));
}

// After a source was read to its end: is it the last one?
Result<void> LogReader::Impl::settle(std::size_t index) {
  Source& source = *sources[index];
  source.cursor.release();
  if (!source.ended && !source.watches_log) {
    if (auto watched = watch_source(source); !watched) return watched;
    if (source.watches_log) source.dirty = true;  // what came before the watch
  }
  const fs::path& watched = source.watches_log ? source.log : source.instance;
  if (!source.dirty && (source.ended || ::access(watched.c_str(), F_OK) != 0)) drop(index);
  return {};
}

Result<void> LogReader::Impl::read_new(std::string& out) {
  const auto dirty = static_cast<std::size_t>(
      std::count_if(sources.begin(), sources.end(), [](const auto& s) { return s->dirty; }));
  if (dirty == 0) return {};
  const std::size_t quota = std::max<std::size_t>(batch_size / dirty, 4096);
  fresh.clear();
  fresh_text.clear();
  for (std::size_t i = sources.size(); i-- > 0;) {
    if (!sources[i]->dirty) continue;
    const auto more = read_source(*sources[i], quota);
    if (!more) return more.error();
    if (*more) continue;
    sources[i]->dirty = false;
    if (auto settled = settle(i); !settled) return settled;
  }
  std::stable_sort(fresh.begin(), fresh.end(),
                   [](const Record& a, const Record& b) { return a.time < b.time; });
  out.reserve(fresh_text.size());
  for (const Record& record : fresh) out.append(fresh_text, record.at, record.size);
  return {};
}

LogReader::LogReader(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::~LogReader() {
  impl_->query.follow = false;
  impl_->wake.cancel();
}

Result<std::unique_ptr<LogReader>> LogReader::open(asio::any_io_executor executor, LogQuery query) {
  auto impl = std::make_shared<Impl>(std::move(executor), std::move(query));
  if (auto opened = impl->open(); !opened) return opened.error();
  return std::unique_ptr<LogReader>(new LogReader(std::move(impl)));
}

asio::awaitable<Result<std::string>> LogReader::next() {
  const std::shared_ptr<Impl> hold = impl_;
  Impl& self = *hold;
  std::string out;
  while (self.stored) {
    const auto more = self.read_stored(out);
    if (!more) co_return more.error();
    if (!*more) {
      self.stored = false;
      for (const auto& source : self.sources) source->cursor.set_end(std::nullopt);
    }
    if (!out.empty()) co_return out;
    if (self.stored) co_await asio::post(self.wake.get_executor(), asio::use_awaitable);
  }
  while (self.query.follow) {
    if (auto read = self.read_new(out); !read) co_return read.error();
    if (!out.empty()) co_return out;
    if (self.any_dirty()) {
      co_await asio::post(self.wake.get_executor(), asio::use_awaitable);
      continue;
    }
    if (self.finished) break;
    boost::system::error_code woken;
    co_await self.wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!woken) self.finished = true;  // `until` has come
  }
  co_return std::string();
}

void LogReader::add(LogDirectory source) {
  Impl& self = *impl_;
  if (!self.query.follow) return;
  for (const auto& known : self.sources) {
    if (known->instance == source.instance) return;
  }
  // Its watch is made when it was read for the first time.
  self.make_source(source, log_begin(log_directory(source.instance)));
  self.wake.cancel();
}

void LogReader::end(const fs::path& instance) {
  for (const auto& source : impl_->sources) {
    if (source->instance == instance) source->ended = source->dirty = true;
  }
  impl_->wake.cancel();
}

void LogReader::finish() {
  impl_->finished = true;
  for (const auto& source : impl_->sources) source->dirty = true;
  impl_->wake.cancel();
}

}  // namespace consort::record
