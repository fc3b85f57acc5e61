#include "core/record/log_cursor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace consort::record {
namespace {

// Writers split lines at 16 KiB; a record beyond this is none.
constexpr std::size_t longest_record = 1u << 20;

}  // namespace

LogCursor::LogCursor(std::filesystem::path log, LogPosition start, std::size_t chunk, bool hold)
    : log_(std::move(log)), position_(start), chunk_(chunk), hold_(hold) {}

void LogCursor::release() {
  buffer_ = {};
  taken_ = searched_ = 0;
  raw_ = {};
}

void LogCursor::enter(std::uint32_t segment) {
  release();
  held_.reset();
  last_look_ = false;
  overlong_ = false;
  position_ = {segment, 0};
}

base::Result<bool> LogCursor::next() {
  for (;;) {
    while (take_line()) {
      if (const auto parsed = parse_log_line(raw_)) {
        line_ = *parsed;
        return true;
      }
    }
    const auto filled = fill();
    if (!filled) return filled.error();
    if (*filled == Fill::nothing) return false;
  }
}

// Moves raw_ to the buffer's next line.
bool LogCursor::take_line() {
  const std::size_t newline = buffer_.find('\n', std::max(taken_, searched_));
  if (newline == std::string::npos) {
    searched_ = buffer_.size();
    if (searched_ - taken_ > longest_record) {
      position_.offset += searched_ - taken_;
      taken_ = searched_;
      overlong_ = true;
    }
    return false;
  }
  raw_ = std::string_view(buffer_).substr(taken_, newline - taken_);
  position_.offset += newline + 1 - taken_;
  taken_ = newline + 1;
  if (std::exchange(overlong_, false)) return take_line();
  return true;
}

base::Result<LogCursor::Fill> LogCursor::fill() {
  for (;;) {
    const std::uint64_t from = position_.offset + (buffer_.size() - taken_);
    std::size_t want = chunk_;
    if (end_ && position_.segment >= end_->segment) {
      const std::uint64_t limit = position_.segment > end_->segment ? 0 : end_->offset;
      if (from >= limit) return Fill::nothing;
      want = static_cast<std::size_t>(std::min<std::uint64_t>(want, limit - from));
    }
    base::Fd opened;
    int fd = held_.get();
    if (fd < 0) {
      opened.reset(::open(segment_path(log_, position_.segment).c_str(), O_RDONLY | O_CLOEXEC));
      if (!opened && errno != ENOENT) {
        return base::system_error("read", segment_path(log_, position_.segment), errno);
      }
      fd = opened.get();
      if (hold_) {
        held_ = std::move(opened);
        fd = held_.get();
      }
    }
    ssize_t n = 0;
    if (fd >= 0) {
      buffer_.erase(0, taken_);
      searched_ -= std::min(searched_, taken_);
      taken_ = 0;
      const std::size_t have = buffer_.size();
      buffer_.resize(have + want);
      do {
        n = ::pread(fd, buffer_.data() + have, want, static_cast<off_t>(from));
      } while (n < 0 && errno == EINTR);
      const int cause = errno;
      buffer_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      if (n < 0) return base::system_error("read", segment_path(log_, position_.segment), cause);
      if (n > 0) return Fill::more;
    }
    // The end of this segment, for now or, when a later one exists, for ever: but it may have grown
    // before that one was made, so it is looked at once more.
    const bool holes = end_ && position_.segment < end_->segment;
    const auto later = next_segment(log_, position_.segment, holes);
    if (!later) return Fill::nothing;
    if (fd >= 0 && !std::exchange(last_look_, true)) continue;
    enter(*later);
  }
}

}  // namespace consort::record
