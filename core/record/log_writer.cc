#include "core/record/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/base/file.h"
#include "core/record/segments.h"

namespace consort::record {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

// One instance's log. `<instance>/log-cursor` is "SEGMENT OFFSET CURSOR\n" (what follows is of an
// earlier, longer one): the log up to there is what the cursor stands for, so what a killed writer
// stored behind it is cut off, and pushed again by the runtime.
struct LogWriter::File {
  std::mutex mutex;
  fs::path instance;
  fs::path log;
  Fd segment;
  Fd cursor_file;
  LogPosition end;
  std::string cursor;
  bool opened = false;
  bool torn = false;  // a part of a record may stand behind `end`
  std::optional<LogRotation> own_rotation;

  Result<void> open();
  Result<void> open_segment(std::uint32_t number);
  Result<void> cut_to(LogPosition position);
  Result<void> rotate(std::uint32_t max_files);
  Result<std::size_t> write(std::span<const PushedLine> lines, const LogRotation& rotation);
  void write_cursor();
};

namespace {

bool parse_cursor_file(std::string_view text, LogPosition& position, std::string& cursor) {
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return false;
  const char* end = text.data() + newline;
  const auto segment = std::from_chars(text.data(), end, position.segment);
  if (segment.ec != std::errc() || segment.ptr == end || *segment.ptr != ' ') return false;
  const auto offset = std::from_chars(segment.ptr + 1, end, position.offset);
  if (offset.ec != std::errc() || offset.ptr == end || *offset.ptr != ' ') return false;
  cursor.assign(offset.ptr + 1, end);
  return true;
}

Result<void> write_at(int fd, std::string_view data, std::uint64_t offset, const fs::path& path) {
  while (!data.empty()) {
    const ssize_t n = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::system_error("write", path, errno);
    data.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace

Result<void> LogWriter::File::open() {
  if (opened) return {};
  if (::mkdir(log.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::system_error("create directory", log, errno);
  }
  const fs::path path = instance / "log-cursor";
  const auto text = base::read_file(path, 1u << 20);
  if (!text && text.error().kind() != base::ErrorKind::not_found) return text.error();
  LogPosition position;
  const bool known = text && parse_cursor_file(*text, position, cursor);
  if (known) {
    if (auto cut = cut_to(position); !cut) return cut;
  }
  const LogPosition stored = log_end(log);
  if (auto ready = open_segment(stored.segment); !ready) return ready;
  if (!known && end.offset != 0) {
    // No cursor: only a torn last line is to be closed.
    char last = '\n';
    const Fd reader(::open(segment_path(log, end.segment).c_str(), O_RDONLY | O_CLOEXEC));
    if (::pread(reader.get(), &last, 1, static_cast<off_t>(end.offset - 1)) == 1 && last != '\n') {
      if (auto closed = write_at(segment.get(), "\n", end.offset, log); !closed) return closed;
      ++end.offset;
    }
  }
  opened = true;
  return {};
}

Result<void> LogWriter::File::open_segment(std::uint32_t number) {
  const fs::path path = segment_path(log, number);
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return base::system_error("write", path, errno);
  segment = std::move(fd);
  end = {number, static_cast<std::uint64_t>(info.st_size)};
  return {};
}

Result<void> LogWriter::File::cut_to(LogPosition position) {
  const LogPosition stored = log_end(log);
  if (stored <= position) return {};
  for (const std::uint32_t number : list_segments(log)) {
    const fs::path path = segment_path(log, number);
    if (number > position.segment && ::unlink(path.c_str()) != 0) {
      return base::system_error("remove", path, errno);
    }
    if (number == position.segment &&
        ::truncate(path.c_str(), static_cast<off_t>(position.offset)) != 0) {
      return base::system_error("cut", path, errno);
    }
  }
  return {};
}

Result<void> LogWriter::File::rotate(std::uint32_t max_files) {
  if (auto opened_next = open_segment(end.segment + 1); !opened_next) return opened_next;
  if (max_files == 0) return {};
  for (const std::uint32_t number : list_segments(log)) {
    if (number + max_files <= end.segment) ::unlink(segment_path(log, number).c_str());
  }
  return {};
}

// As many of the lines as this segment takes, at least one; they are there all or none. How many.
Result<std::size_t> LogWriter::File::write(std::span<const PushedLine> lines,
                                           const LogRotation& rotation) {
  if (torn) {
    if (::ftruncate(segment.get(), static_cast<off_t>(end.offset)) != 0) {
      return base::system_error("cut the torn end of", log, errno);
    }
    torn = false;
  }
  const auto fits = [&](std::size_t length) {
    return rotation.max_bytes == 0 || end.offset + length <= rotation.max_bytes;
  };
  LogHeader header;
  std::string records;
  std::size_t most = 0;
  for (const auto& line : lines) most += LogHeader::length + line.line.text.size() + 1;
  records.reserve(most);
  append_log_line(records, lines.front().line, header);
  if (!fits(records.size()) && end.offset != 0) {
    if (auto rotated = rotate(rotation.max_files); !rotated) return rotated.error();
  }
  std::size_t count = 1;
  for (; count < lines.size(); ++count) {
    const std::size_t before = records.size();
    append_log_line(records, lines[count].line, header);
    if (fits(records.size())) continue;
    records.resize(before);
    break;
  }
  const fs::path path = segment_path(log, end.segment);
  if (auto written = write_at(segment.get(), records, end.offset, path); !written) {
    torn = true;
    return written.error();
  }
  end.offset += records.size();
  // Once there is a cursor it moves with each write: what is behind it would be cut off.
  for (const auto& line : lines.first(count)) {
    if (!line.cursor.empty()) cursor = line.cursor;
  }
  if (!cursor.empty()) write_cursor();
  return count;
}

// Where it fails the cursor on disk is an earlier one: after a crash more is cut off and pushed
// again.
void LogWriter::File::write_cursor() {
  const fs::path path = instance / "log-cursor";
  if (!cursor_file) {
    cursor_file.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!cursor_file) return;
  }
  const std::string line =
      std::to_string(end.segment) + " " + std::to_string(end.offset) + " " + cursor + "\n";
  static_cast<void>(write_at(cursor_file.get(), line, 0, path));
}

LogWriter::~LogWriter() = default;

std::shared_ptr<LogWriter::File> LogWriter::file(const fs::path& instance) {
  const std::lock_guard lock(mutex_);
  auto& entry = files_[instance];
  if (!entry) {
    entry = std::make_shared<File>();
    entry->instance = instance;
    entry->log = log_directory(instance);
  }
  return entry;
}

Result<void> LogWriter::append(const fs::path& instance, std::span<const PushedLine> lines,
                               std::size_t& stored) {
  stored = 0;
  const auto has_newline = [](std::string_view text) { return text.find('\n') != text.npos; };
  for (const auto& [line, cursor] : lines) {
    if (has_newline(line.text) || has_newline(cursor)) {
      return base::Error(base::ErrorKind::invalid, "cannot store a log line: it holds a newline");
    }
  }
  const auto target = file(instance);
  const std::lock_guard lock(target->mutex);
  if (auto opened = target->open(); !opened) return opened;
  const LogRotation rotation = target->own_rotation.value_or(LogRotation{max_bytes_, max_files_});
  while (stored < lines.size()) {
    const auto written = target->write(lines.subspan(stored), rotation);
    if (!written) return written.error();
    stored += *written;
  }
  return {};
}

Result<std::string> LogWriter::last_cursor(const fs::path& instance) {
  const auto target = file(instance);
  const std::lock_guard lock(target->mutex);
  if (auto opened = target->open(); !opened) return opened.error();
  return target->cursor;
}

void LogWriter::rotate_at(const fs::path& instance, LogRotation rotation) {
  const auto target = file(instance);
  const std::lock_guard lock(target->mutex);
  target->own_rotation = rotation;
}

void LogWriter::close(const fs::path& instance) {
  const std::lock_guard lock(mutex_);
  files_.erase(instance);
}

}  // namespace consort::record
