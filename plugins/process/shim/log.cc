#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

constexpr std::uint64_t retry_ms = 2000;

}  // namespace

SegmentName::SegmentName(std::uint32_t number) {
  char digits[9];
  for (int i = 7; i >= 0; --i, number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  digits[8] = 0;
  Text(path, sizeof path).add(log_directory).add("/").add(digits).add(".log");
}

void Log::set_rotation(std::uint64_t max_bytes, std::uint32_t max_files) {
  max_bytes_ = max_bytes;
  max_files_ = max_files;
}

void Log::open_segment(std::uint32_t number) {
  segment_ = number;
  reload();
  open_current();
}

bool Log::open_current() {
  SegmentName name(segment_);
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  fd_ = open(name.path, flags, 0644);
  if (fd_ < 0 && errno == ENOENT && mkdir(log_directory, 0700) == 0) {
    fd_ = open(name.path, flags, 0644);
  }
  if (fd_ < 0) return block(errno);
  segment_size_ = 0;
  next_.segment = segment_;
  next_.log_size = 0;
  JournalState now = journal_.state();
  now.segment = segment_;
  now.log_size = 0;
  journal_.commit(now);
  if (max_files_ != 0 && segment_ >= max_files_) drop(segment_ - max_files_);
  return true;
}

// Whoever has not read all of it can tell how much is missing.
void Log::drop(std::uint32_t segment) {
  const SegmentName name(segment);
  struct stat dropped;
  if (stat(name.path, &dropped) != 0) return;
  const int fd = open(log_dropped_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd >= 0) {
    struct stat list;
    if (fstat(fd, &list) == 0 && list.st_size >= log_dropped_most && ftruncate(fd, 0) != 0) {
      unlink(log_dropped_file);
    }
    char line[48];
    Text text(line, sizeof line);
    text.add(segment).add(" ").add(static_cast<std::uint64_t>(dropped.st_size)).add("\n");
    [[maybe_unused]] const ssize_t n = write(fd, text.c_str(), text.size());
    close(fd);
  }
  unlink(name.path);
}

bool Log::rotate() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  ++segment_;
  segment_size_ = 0;
  return open_current();
}

bool Log::block(int error) {
  retry_at_ = monotonic_ms() + retry_ms;
  if (error_ == 0) {
    int fd = open(log_error_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
      char buffer[96];
      char time[stamp_size + 1] = {};
      stamp_now(time);
      Text text(buffer, sizeof buffer);
      text.line("errno", static_cast<std::uint64_t>(error)).add("since ").add(time).add("\n");
      // On a full disk the file stays empty: its presence is the message.
      if (write(fd, text.c_str(), text.size()) < 0) error_ = error;
      close(fd);
    }
  }
  error_ = error;
  return false;
}

void Log::unblock() {
  if (error_ == 0) return;
  error_ = 0;
  unlink(log_error_file);
}

void Log::stamp() {
  stamp_now(header_);
  memcpy(header_ + stamp_size, " stdout F ", 10);
}

bool Log::append(int stream, bool full, const char* text, std::size_t length,
                 std::uint32_t source_end) {
  std::size_t need = log_header + length + 1;
  std::uint64_t used = segment_size_ + length_ - written_;
  if (max_bytes_ != 0 && used != 0 && used + need > max_bytes_) {
    if (!flush() || !rotate()) return false;
  }
  if (length_ + need > size_ && !flush()) return false;
  char* at = out_ + length_;
  memcpy(at, header_, log_header);
  if (stream == 1) memcpy(at + stamp_size + 4, "err", 3);
  if (!full) at[stamp_size + 8] = 'P';
  memcpy(at + log_header, text, length);
  at[log_header + length] = '\n';
  length_ += need;
  if (length_ > peak_) peak_ = length_;
  next_.stream[stream].start = source_end;
  next_.stream[stream].partial = full ? 0 : 1;
  return true;
}

bool Log::flush() {
  if (fd_ < 0 && !open_current()) return false;
  if (length_ == 0) {
    unblock();
    return true;
  }
  while (written_ < length_) {
    ssize_t n = write(fd_, out_ + written_, length_ - written_);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return block(n < 0 ? errno : EIO);
    written_ += static_cast<std::size_t>(n);
    segment_size_ += static_cast<std::uint64_t>(n);
  }
  length_ = written_ = 0;
  unblock();
  JournalState done = journal_.state();
  for (int i = 0; i < 2; ++i) {
    done.stream[i].start = next_.stream[i].start;
    done.stream[i].partial = next_.stream[i].partial;
  }
  done.segment = segment_;
  done.log_size = segment_size_;
  journal_.commit(done);
  return true;
}

void Log::trim() {
  if (length_ != 0 || peak_ <= 4096) return;
  madvise(out_, size_, MADV_DONTNEED);
  peak_ = 0;
}

}  // namespace consort::shim
