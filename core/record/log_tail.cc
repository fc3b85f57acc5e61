#include "core/record/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "core/base/file.h"
#include "core/record/log_line.h"

namespace consort::record {
namespace {

using base::Fd;
using base::Result;

constexpr std::size_t block = 64u << 10;

struct Search {
  const TailQuery& query;
  Tail tail;
  bool done = false;

  // Records come last first.
  void see(std::string_view line, LogPosition at) {
    const auto record = parse_log_line(line);
    if (!record) return;
    if (query.until && record->time > *query.until) return;
    if (query.since && record->time < *query.since) {
      done = true;
      return;
    }
    if (!record->partial) {
      if (tail.lines == query.lines) {
        done = true;
        return;
      }
      ++tail.lines;
    }
    tail.start = at;
  }
};

// `text` starts at `offset`, at the start of a line, and ends in a newline.
void see_lines(Search& search, std::string_view text, std::uint32_t segment, std::uint64_t offset) {
  while (!text.empty() && !search.done) {
    const std::size_t before = text.rfind('\n', text.size() - 2);
    const std::size_t start = text.size() < 2 || before == std::string_view::npos ? 0 : before + 1;
    search.see(text.substr(start, text.size() - 1 - start), {segment, offset + start});
    text = text.substr(0, start);
  }
}

Result<void> search_segment(Search& search, const std::filesystem::path& path,
                            std::uint32_t segment, std::uint64_t end) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  if (!fd) return base::system_error("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::system_error("read", path, errno);
  end = std::min(end, static_cast<std::uint64_t>(info.st_size));

  std::string text;  // from `start` on, up to the first line that was seen
  std::uint64_t start = end;
  bool first = true;
  while (start > 0 && !search.done) {
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(start, std::max<std::size_t>(block, text.size())));
    std::string more(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t n = ::pread(fd.get(), more.data() + have, size - have,
                                static_cast<off_t>(start - size + have));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return base::system_error("read", path, n < 0 ? errno : EIO);
      have += static_cast<std::size_t>(n);
    }
    start -= size;
    text.insert(0, more);
    if (first) {  // a record that is just being written is not looked at
      const std::size_t last = text.rfind('\n');
      if (last == std::string::npos) continue;
      text.resize(last + 1);
      first = false;
    }
    // All but the first line, which may have begun before this block.
    std::size_t whole = 0;
    if (start > 0) {
      whole = text.find('\n') + 1;
      if (whole == text.size()) continue;
    }
    see_lines(search, std::string_view(text).substr(whole), segment, start + whole);
    text.resize(whole);
  }
  return {};
}

}  // namespace

Result<Tail> find_tail(const std::filesystem::path& log, LogPosition end, const TailQuery& query) {
  Search search{query, {end, 0}};
  const auto segments = list_segments(log);
  for (auto number = segments.rbegin(); number != segments.rend() && !search.done; ++number) {
    if (*number > end.segment) continue;
    const std::uint64_t limit = *number == end.segment ? end.offset : UINT64_MAX;
    if (auto searched = search_segment(search, segment_path(log, *number), *number, limit);
        !searched) {
      return searched.error();
    }
  }
  return search.tail;
}

LogPosition find_since(const std::filesystem::path& log, base::WallTime since) {
  const auto segments = list_segments(log);
  for (auto number = segments.rbegin(); number != segments.rend(); ++number) {
    const Fd fd(::open(segment_path(log, *number).c_str(), O_RDONLY | O_CLOEXEC));
    char head[64];
    const ssize_t n = fd ? ::pread(fd.get(), head, sizeof head, 0) : -1;
    if (n <= 0) continue;
    // The text may be cut off: only the time counts.
    const auto record = parse_log_line(std::string_view(head, static_cast<std::size_t>(n)));
    if (record && record->time < since) return {*number, 0};
  }
  return {segments.empty() ? 0 : segments.front(), 0};
}

}  // namespace consort::record
