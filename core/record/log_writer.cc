#include "core/record/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
  Result<void> mend();
  Result<void> rotate(std::uint32_t max_files);
  std::size_t room(const LogRotation& rotation) const;
  Result<std::size_t> write(std::span<const PushedLine> lines, const LogRotation& rotation);
  Result<std::size_t> write(const PushedRecords& records, const LogRotation& rotation);
  Result<void> put(std::string_view records, std::string_view cursor_behind);
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

Result<void> LogWriter::File::mend() {
  if (torn && ::ftruncate(segment.get(), static_cast<off_t>(end.offset)) != 0) {
    return base::system_error("cut the torn end of", log, errno);
  }
  torn = false;
  return {};
}

std::size_t LogWriter::File::room(const LogRotation& rotation) const {
  if (rotation.max_bytes == 0) return std::string_view::npos;
  return rotation.max_bytes - std::min(end.offset, rotation.max_bytes);
}

// As many of the lines as this segment takes, at least one; they are there all or none. How many.
Result<std::size_t> LogWriter::File::write(std::span<const PushedLine> lines,
                                           const LogRotation& rotation) {
  LogHeader header;
  std::string records;
  std::size_t most = 0;
  for (const auto& line : lines) most += LogHeader::length + line.line.text.size() + 1;
  records.reserve(most);
  append_log_line(records, lines.front().line, header);
  if (records.size() > room(rotation) && end.offset != 0) {
    if (auto rotated = rotate(rotation.max_files); !rotated) return rotated.error();
  }
  std::size_t count = 1;
  for (; count < lines.size(); ++count) {
    const std::size_t before = records.size();
    append_log_line(records, lines[count].line, header);
    if (records.size() <= room(rotation)) continue;
    records.resize(before);
    break;
  }
  std::string_view mark;
  for (const auto& line : lines.first(count)) {
    if (!line.cursor.empty()) mark = line.cursor;
  }
  if (auto written = put(records, mark); !written) return written.error();
  return count;
}

// The same of records; how many bytes.
Result<std::size_t> LogWriter::File::write(const PushedRecords& records,
                                           const LogRotation& rotation) {
  const std::string_view bytes = records.bytes;
  const auto fitting = [&] {
    const std::size_t most = room(rotation);
    return most >= bytes.size() ? bytes.size() : bytes.substr(0, most).rfind('\n') + 1;
  };
  std::size_t length = fitting();
  if (length == 0 && end.offset != 0) {
    if (auto rotated = rotate(rotation.max_files); !rotated) return rotated.error();
    length = fitting();
  }
  if (length == 0) length = bytes.find('\n') + 1;
  const std::string mark = std::string(records.file) + std::to_string(records.offset + length);
  if (auto written = put(bytes.substr(0, length), mark); !written) return written.error();
  return length;
}

// Once there is a cursor it moves with each write: what is behind it would be cut off.
Result<void> LogWriter::File::put(std::string_view records, std::string_view cursor_behind) {
  const fs::path path = segment_path(log, end.segment);
  if (auto written = write_at(segment.get(), records, end.offset, path); !written) {
    torn = true;
    return written;
  }
  end.offset += records.size();
  if (!cursor_behind.empty()) cursor = cursor_behind;
  if (!cursor.empty()) write_cursor();
  return {};
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

// `write(file, rotation)` stores some of what is left and says how much: `stored` comes to `all`.
template <class Write>
Result<void> LogWriter::append_all(const fs::path& instance, std::size_t all, std::size_t& stored,
                                   Write write) {
  const auto target = file(instance);
  const std::lock_guard lock(target->mutex);
  if (auto opened = target->open(); !opened) return opened;
  if (auto mended = target->mend(); !mended) return mended;
  const LogRotation rotation = target->own_rotation.value_or(LogRotation{max_bytes_, max_files_});
  while (stored < all) {
    const Result<std::size_t> written = write(*target, rotation);
    if (!written) return written.error();
    stored += *written;
  }
  return {};
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
  return append_all(instance, lines.size(), stored, [&](File& to, const LogRotation& rotation) {
    return to.write(lines.subspan(stored), rotation);
  });
}

Result<void> LogWriter::append(const fs::path& instance, const PushedRecords& records,
                               std::size_t& stored) {
  stored = 0;
  const auto& [bytes, from, offset] = records;
  if ((!bytes.empty() && bytes.back() != '\n') || from.find('\n') != from.npos) {
    return base::Error(base::ErrorKind::invalid, "cannot store log records: they are not whole");
  }
  return append_all(instance, bytes.size(), stored, [&](File& to, const LogRotation& rotation) {
    return to.write({records.bytes.substr(stored), records.file, records.offset + stored},
                    rotation);
  });
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
