#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace consort::shim {

Text& Text::add(const char* text) {
  std::size_t n = strlen(text);
  if (length_ + n >= size_) {
    overflow_ = true;
    n = size_ - 1 - length_;
  }
  memcpy(begin_ + length_, text, n);
  length_ += n;
  begin_[length_] = 0;
  return *this;
}

Text& Text::add(std::uint64_t number) {
  char digits[21];
  char* at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return add(at);
}

Text& Text::line(const char* key, std::uint64_t number) {
  return add(key).add(" ").add(number).add("\n");
}

bool parse_number(const char* text, std::uint64_t& value, int base) {
  if (*text == 0) return false;
  value = 0;
  for (; *text != 0; ++text) {
    if (*text < '0' || *text >= '0' + base) return false;
    auto digit = static_cast<std::uint64_t>(*text - '0');
    if (value > (never - digit) / static_cast<std::uint64_t>(base)) return false;
    value = value * static_cast<std::uint64_t>(base) + digit;
  }
  return true;
}

ssize_t read_file(const char* path, char* buffer, std::size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  std::size_t have = 0;
  ssize_t got = 0;
  while (have < size) {
    std::size_t room = size - have;
    got = read(fd, buffer + have, room);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
    // A regular file gives less than was asked for only at its end.
    if (static_cast<std::size_t>(got) < room) break;
  }
  int error = got < 0 ? errno : have == size ? E2BIG : 0;
  close(fd);
  if (error != 0) {
    errno = error;
    return -1;
  }
  return static_cast<ssize_t>(have);
}

bool read_stat(pid_t pid, ProcStat& stat) {
  char path[32];
  Text name(path, sizeof path);
  name.add("/proc/");
  if (pid == 0) {
    name.add("self");
  } else {
    name.add(static_cast<std::uint64_t>(pid));
  }
  name.add("/stat");
  char text[1024];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return false;
  text[n] = 0;
  // The second field is the program's name in parentheses, and may hold any character: see
  // proc_pid_stat(5).
  const char* at = strrchr(text, ')');
  if (at == nullptr || at[1] != ' ') return false;
  at += 2;
  stat.state = *at;
  std::uint64_t field[23] = {};
  for (int i = 4; i <= 22; ++i) {
    while (*at != 0 && *at != ' ') ++at;
    if (*at == 0) return false;
    ++at;
    for (const char* digit = at; *digit >= '0' && *digit <= '9'; ++digit) {
      field[i] = field[i] * 10 + static_cast<std::uint64_t>(*digit - '0');
    }
  }
  stat.parent = static_cast<pid_t>(field[4]);
  stat.group = static_cast<pid_t>(field[5]);
  stat.start = field[22];
  return true;
}

const char* boot_id() {
  static char id[40];
  if (id[0] == 0) {
    ssize_t n = read_file("/proc/sys/kernel/random/boot_id", id, sizeof id);
    if (n > 0 && id[n - 1] == '\n') --n;
    if (n <= 0) {
      memcpy(id, "unknown", 8);
    } else {
      id[n] = 0;
    }
  }
  return id;
}

std::uint64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000000;
}

namespace {

void put_digits(char* at, std::uint64_t number, int count) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

// Days since 1970-01-01 to a civil date: Howard Hinnant's civil_from_days.
void put_date(char* at, std::uint64_t days) {
  std::uint64_t z = days + 719468;
  std::uint64_t era = z / 146097;
  std::uint64_t day_of_era = z - era * 146097;
  std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  std::uint64_t shifted_month = (5 * day_of_year + 2) / 153;
  std::uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  put_digits(at, year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4);
  at[4] = '-';
  put_digits(at + 5, month, 2);
  at[7] = '-';
  put_digits(at + 8, day_of_year - (153 * shifted_month + 2) / 5 + 1, 2);
}

}  // namespace

void stamp_now(char* out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  auto seconds = static_cast<std::uint64_t>(now.tv_sec < 0 ? 0 : now.tv_sec);
  put_date(out, seconds / 86400);
  std::uint64_t of_day = seconds % 86400;
  out[10] = 'T';
  put_digits(out + 11, of_day / 3600, 2);
  out[13] = ':';
  put_digits(out + 14, of_day / 60 % 60, 2);
  out[16] = ':';
  put_digits(out + 17, of_day % 60, 2);
  out[19] = '.';
  put_digits(out + 20, static_cast<std::uint64_t>(now.tv_nsec), 9);
  out[29] = 'Z';
}

int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

int pidfd_signal(int fd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0));
}

int pidfd_signal_payload(int fd, int signal, std::uint64_t payload) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(payload);
  return static_cast<int>(syscall(SYS_pidfd_send_signal, fd, signal, &info, 0));
}

void close_from(unsigned first, bool only_on_exec) {
  constexpr unsigned on_exec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
  if (syscall(SYS_close_range, first, ~0U, only_on_exec ? on_exec : 0) == 0) return;
  for (unsigned fd = first; fd < 4096; ++fd) {
    if (only_on_exec) {
      fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
    } else {
      close(static_cast<int>(fd));
    }
  }
}

void reset_signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
}

}  // namespace consort::shim
