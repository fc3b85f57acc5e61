#pragma once

// What the shim needs of the system and the C library does not give without an allocation.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace consort::shim {

inline constexpr std::uint64_t never = ~std::uint64_t{0};

// Builds text in a buffer of the caller; what does not fit is cut off and seen by overflow().
class Text {
 public:
  Text(char* buffer, std::size_t size) : begin_(buffer), size_(size) { *begin_ = 0; }

  Text& add(const char* text);
  Text& add(std::uint64_t number);
  Text& line(const char* key, std::uint64_t number);  // "key number\n"

  const char* c_str() const { return begin_; }
  std::size_t size() const { return length_; }
  bool overflow() const { return overflow_; }

 private:
  char* begin_;
  std::size_t size_;
  std::size_t length_ = 0;
  bool overflow_ = false;
};

struct ProcStat {
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t start = 0;  // clock ticks since boot
};

// Reads /proc/PID/stat; pid 0 is the caller. Async-signal-safe.
bool read_stat(pid_t pid, ProcStat& stat);

// The kernel's boot id, read once; "unknown" if /proc cannot tell.
const char* boot_id();

std::uint64_t monotonic_ms();

// Writes "2026-01-31T12:34:56.123456789Z" (30 bytes, no NUL).
inline constexpr std::size_t stamp_size = 30;
void stamp_now(char* out);

// Reads a whole file; the bytes read, or -1 with errno (E2BIG if it does not fit).
ssize_t read_file(const char* path, char* buffer, std::size_t size);

// Parses digits up to `stop` or the end of the text. False if there is anything else or nothing.
bool parse_number(const char* text, std::uint64_t& value, int base = 10);

int pidfd_open(pid_t pid);
int pidfd_signal(int fd, int signal);
int pidfd_signal_payload(int fd, int signal, std::uint64_t payload);

// Marks every descriptor from `first` close-on-exec or closes it, also where close_range is
// missing.
void close_from(unsigned first, bool only_on_exec);

// All signals blocked and every disposition the default, whatever the parent left.
void reset_signals();

}  // namespace consort::shim
