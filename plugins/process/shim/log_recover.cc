// How a log is taken over from a shim that was killed.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "sys.h"

namespace consort::shim {
namespace {

// The number behind the highest segment in the log folder; 0 if there is none.
std::uint32_t behind_last_segment() {
  int fd = open(log_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::uint32_t behind = 0;
  alignas(dirent64) char entries[4096];
  long n = 0;
  while ((n = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
    for (long at = 0; at < n;) {
      auto* entry = reinterpret_cast<dirent64*>(entries + at);
      at += entry->d_reclen;
      if (strlen(entry->d_name) != 12 || strcmp(entry->d_name + 8, ".log") != 0) continue;
      entry->d_name[8] = 0;
      std::uint64_t number = 0;
      if (parse_number(entry->d_name, number) && number + 1 > behind) {
        behind = static_cast<std::uint32_t>(number + 1);
      }
    }
  }
  close(fd);
  return behind;
}

}  // namespace

void Log::settle(int fd, std::uint64_t from) {
  // Everything behind the last commit is one batch at most, plus what one rotation holds: it fits
  // in `out_`.
  ssize_t have = pread(fd, out_, size_, static_cast<off_t>(from));
  std::size_t length = have > 0 ? static_cast<std::size_t>(have) : 0;
  std::size_t at = 0;
  while (char* end = static_cast<char*>(memchr(out_ + at, '\n', length - at))) {
    auto record = static_cast<std::size_t>(end - (out_ + at));
    if (record < log_header) break;
    int stream = out_[at + stamp_size + 4] == 'e' ? 1 : 0;
    bool full = out_[at + stamp_size + 8] == 'F';
    StreamState& s = next_.stream[stream];
    auto source = static_cast<std::uint32_t>(record - log_header + (full ? 1 : 0));
    s.start = source > s.end - s.start ? s.end : s.start + source;
    s.partial = full ? 0 : 1;
    at += record + 1;
  }
  if (at < length && ftruncate(fd, static_cast<off_t>(from + at)) != 0) block(errno);
}

void Log::recover(bool have_journal) {
  std::uint32_t behind = behind_last_segment();
  if (have_journal) {
    next_ = journal_.state();
    for (std::uint32_t number = next_.segment; number < behind; ++number) {
      int fd = open(SegmentName(number).path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
      if (fd < 0) continue;
      settle(fd, number == next_.segment ? next_.log_size : 0);
      close(fd);
    }
    journal_.commit(next_);
  } else if (behind > 0) {
    int fd = open(SegmentName(behind - 1).path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    char last = '\n';
    if (fd >= 0) {
      off_t size = lseek(fd, 0, SEEK_END);
      if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
        if (write(fd, "\n", 1) < 0) block(errno);
      }
      close(fd);
    }
  }
  segment_ = behind;
  open_current();
}

}  // namespace consort::shim
