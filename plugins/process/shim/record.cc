#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

constexpr std::size_t ending_size = 320;

bool write_all(int fd, const Text& text) {
  ssize_t n = write(fd, text.c_str(), text.size());
  if (n == static_cast<ssize_t>(text.size())) return true;
  if (n >= 0) errno = ENOSPC;
  return false;
}

std::uint64_t own_start() {
  ProcStat self;
  return read_stat(0, self) ? self.start : 0;
}

void add_shim(Text& text, std::uint64_t start) {
  text.add("shim ").add(static_cast<std::uint64_t>(getpid())).add(" ").add(start).add("\n");
}

// "PID START" of a record's line.
void parse_identity(char* value, pid_t& pid, std::uint64_t& start) {
  char* space = strchr(value, ' ');
  std::uint64_t number = 0;
  std::uint64_t ticks = 0;
  if (space == nullptr) return;
  *space = 0;
  if (!parse_number(value, number) || !parse_number(space + 1, ticks)) return;
  pid = static_cast<pid_t>(number);
  start = ticks;
}

void parse_line(char* line, Recorded& recorded) {
  if (strncmp(line, "boot_id ", 8) == 0 && strlen(line + 8) < sizeof recorded.boot_id) {
    memcpy(recorded.boot_id, line + 8, strlen(line + 8) + 1);
  } else if (strncmp(line, "shim ", 5) == 0) {
    parse_identity(line + 5, recorded.shim, recorded.shim_start);
  } else if (strncmp(line, "child ", 6) == 0) {
    parse_identity(line + 6, recorded.child, recorded.child_start);
  }
}

}  // namespace

int create_record(std::uint64_t& shim_start) {
  int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
  int fd = open(record_file, flags, 0600);
  if (fd < 0) return -1;
  shim_start = own_start();
  char buffer[160];
  Text text(buffer, sizeof buffer);
  text.line("version", protocol_version).add("boot_id ").add(boot_id()).add("\n");
  add_shim(text, shim_start);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 && write_all(fd, text)) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool read_record(const char* directory, Recorded& recorded) {
  char path[4200];
  if (Text(path, sizeof path).add(directory).add("/").add(record_file).overflow()) {
    errno = ENAMETOOLONG;
    return false;
  }
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  // However many shims have added their line: any number of short lines, one buffer at a time.
  char text[1024];
  std::size_t have = 0;
  ssize_t n = 0;
  while ((n = read(fd, text + have, sizeof text - 1 - have)) > 0) {
    have += static_cast<std::size_t>(n);
    text[have] = 0;
    char* line = text;
    for (char* end = nullptr; (end = strchr(line, '\n')) != nullptr; line = end + 1) {
      *end = 0;
      parse_line(line, recorded);
    }
    have -= static_cast<std::size_t>(line - text);
    memmove(text, line, have);
    if (have == sizeof text - 1) have = 0;
  }
  int error = errno;
  close(fd);
  errno = error;
  return n == 0;
}

int adopt_record(Recorded& recorded, std::uint64_t& shim_start) {
  int fd = open(record_file, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return -1;
  shim_start = own_start();
  char buffer[64];
  Text text(buffer, sizeof buffer);
  add_shim(text, shim_start);
  int error = 0;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    error = errno == EWOULDBLOCK ? EBUSY : errno;
  } else if (!read_record(".", recorded) || !write_all(fd, text)) {
    error = errno;
  }
  if (error == 0) return fd;
  close(fd);
  errno = error;
  return -1;
}

int reserve_ending(const char* temporary) {
  char lines[ending_size];
  memset(lines, '\n', sizeof lines);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  ssize_t n = write(fd, lines, sizeof lines);
  int error = n == static_cast<ssize_t>(sizeof lines) ? 0 : n < 0 ? errno : ENOSPC;
  close(fd);
  return error;
}

int write_ending(const Ending& ending, const char* temporary, const char* path) {
  char buffer[ending_size];
  Text text(buffer, sizeof buffer);
  if (ending.exec_error != 0) {
    text.line("exec_errno", static_cast<std::uint64_t>(ending.exec_error));
    text.add("exec_stage ").add(stage_name(ending.exec_stage)).add("\n");
  } else if (!ending.known) {
    text.line("unknown", 1);
  } else if (WIFEXITED(ending.status)) {
    text.line("code", static_cast<std::uint64_t>(WEXITSTATUS(ending.status)));
  } else {
    text.line("signal", static_cast<std::uint64_t>(WTERMSIG(ending.status)));
    text.line("core", WCOREDUMP(ending.status) ? 1 : 0);
  }
  char time[stamp_size + 1] = {};
  stamp_now(time);
  text.add("time ").add(time).add("\n");
  text.line("leftovers", ending.leftovers ? 1 : 0);
  text.line("stopped", ending.stopped ? 1 : 0);
  text.line("log_blocked", ending.log_blocked ? 1 : 0);
  text.line("max_rss_kb", ending.max_rss_kb);

  // Not truncated first: that would give the reserved room away.
  int fd = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  int error = write_all(fd, text) ? 0 : errno;
  if (error == 0 && ftruncate(fd, static_cast<off_t>(text.size())) != 0) error = errno;
  close(fd);
  if (error == 0 && rename(temporary, path) != 0) error = errno;
  return error;
}

}  // namespace consort::shim
