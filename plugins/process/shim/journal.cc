#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace consort::shim {
namespace {

constexpr unsigned char pattern[8] = {0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15};

void order_stores() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

std::uint32_t pattern_size(std::uint32_t count) {
  return count < sizeof pattern ? count : std::uint32_t{sizeof pattern};
}

}  // namespace

std::uint32_t Journal::offset(int stream, bool big) {
  if (big) return 2 * page_ + static_cast<std::uint32_t>(stream) * big_;
  return stream == 0 ? first_ : page_;
}

std::uint32_t Journal::capacity(int stream) const {
  if (state().stream[stream].big != 0) return big_;
  return stream == 0 ? page_ - first_ : page_;
}

int Journal::map(int fd) {
  // Longer than the file: what lies behind its end is only touched after fallocate, so that a full
  // file system shows there as ENOSPC and not as a SIGBUS.
  void* base = mmap(nullptr, 2 * page_ + 2 * big_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return errno;
  base_ = static_cast<char*>(base);
  fd_ = fd;
  return 0;
}

int Journal::create(const char* path) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  int error = fallocate(fd, 0, 0, 2 * page_) == 0 ? 0 : errno;
  if (error == EOPNOTSUPP) error = ftruncate(fd, 2 * page_) == 0 ? 0 : errno;
  if (error == 0) error = map(fd);
  if (error != 0) {
    close(fd);
    return error;
  }
  header()->magic = magic_;
  return 0;
}

int Journal::reopen(const char* path) {
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno;
  off_t size = lseek(fd, 0, SEEK_END);
  int error = size < 2 * page_ ? EINVAL : map(fd);
  if (error != 0) {
    close(fd);
    return error;
  }
  if (header()->magic != magic_) return EINVAL;
  JournalState next = state();
  for (int i = 0; i < 2; ++i) {
    StreamState& s = next.stream[i];
    if (s.want == 0) continue;
    std::uint32_t n = pattern_size(s.want);
    bool untouched = memcmp(data(i) + s.end + s.want - n, pattern, n) == 0;
    if (!untouched) s.end += s.want;
    s.want = 0;
  }
  commit(next);
  return 0;
}

void Journal::commit(const JournalState& next) {
  std::uint32_t other = (header()->active & 1) ^ 1;
  header()->slot[other] = next;
  order_stores();
  *static_cast<volatile std::uint32_t*>(&header()->active) = other;
  order_stores();
}

bool Journal::move(int stream, bool big) {
  JournalState next = state();
  StreamState& s = next.stream[stream];
  std::uint32_t length = s.end - s.start;
  // The old copy must stay whole until the flip.
  if (big == (s.big != 0) && length > s.start) return false;
  memcpy(base_ + offset(stream, big), data(stream) + s.start, length);
  s.big = big ? 1 : 0;
  s.start = 0;
  s.end = length;
  order_stores();
  commit(next);
  return true;
}

bool Journal::make_room(int stream, std::uint32_t wanted) {
  const StreamState& s = state().stream[stream];
  std::uint32_t length = s.end - s.start;
  if (s.big == 0 && wanted > capacity(stream) - length &&
      fallocate(fd_, 0, offset(stream, true), big_) == 0) {
    return move(stream, true);
  }
  if (s.start != 0 && (length == 0 || capacity(stream) - s.end < wanted)) move(stream, s.big != 0);
  return state().stream[stream].end < capacity(stream);
}

void Journal::announce_read(int stream, std::uint32_t count) {
  JournalState next = state();
  StreamState& s = next.stream[stream];
  std::uint32_t n = pattern_size(count);
  memcpy(data(stream) + s.end + count - n, pattern, n);
  s.want = count;
  order_stores();
  commit(next);
}

void Journal::end_read(int stream, std::uint32_t count) {
  order_stores();
  JournalState next = state();
  next.stream[stream].end += count;
  next.stream[stream].want = 0;
  commit(next);
}

void Journal::trim() {
  for (int i = 0; i < 2; ++i) {
    const StreamState& s = state().stream[i];
    std::uint32_t small = i == 0 ? page_ - first_ : page_;
    if (s.big == 0 || s.end - s.start >= small || !move(i, false)) continue;
    fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset(i, true), big_);
  }
}

}  // namespace consort::shim
