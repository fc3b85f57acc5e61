#include "relay_instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "protocol.h"
#include "record.h"
#include "sys.h"

namespace consort::shim {
namespace {

bool lives(pid_t pid, std::uint64_t start) {
  ProcStat stat;
  return pid > 1 && read_stat(pid, stat) && stat.start == start && stat.state != 'Z' &&
         stat.state != 'X';
}

bool read_exit(const char* dir, Buffer& exit) {
  const char* slash = strrchr(dir, '/');
  Buffer path;
  path.add(dir).add("/").add(slash == nullptr ? dir : slash + 1);
  char text[1024];
  const ssize_t n = read_file(path.text(), text, sizeof text);
  if (n < 0) return false;
  exit.add(text, static_cast<std::size_t>(n));
  return true;
}

// Calls visit(number) for each segment of the log.
template <class Visit>
void each_segment(const char* dir, Visit visit) {
  Buffer path;
  DIR* folder = opendir(path.add(dir).add("/").add(log_directory).text());
  if (folder == nullptr) return;
  while (dirent* entry = readdir(folder)) {
    std::uint64_t number = 0;
    if (strlen(entry->d_name) != 12 || strcmp(entry->d_name + 8, ".log") != 0) continue;
    entry->d_name[8] = 0;
    if (parse_number(entry->d_name, number)) visit(static_cast<std::uint32_t>(number));
  }
  closedir(folder);
}

// The first segment behind `segment`; false if there is none.
bool next_segment(const char* dir, std::uint32_t segment, std::uint32_t& next) {
  bool found = false;
  each_segment(dir, [&](std::uint32_t number) {
    if (number <= segment || (found && number >= next)) return;
    next = number;
    found = true;
  });
  return found;
}

bool read_segment(const char* dir, const LogPlace& place, std::size_t most, Buffer& out, int& fd,
                  std::uint32_t& open_number) {
  if (fd >= 0 && open_number != place.segment) {
    close(fd);
    fd = -1;
  }
  if (fd < 0) {
    Buffer path;
    path.add(dir).add("/").add(SegmentName(place.segment).path);
    fd = open(path.text(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    open_number = place.segment;
  }
  if (fd < 0) return false;
  char* room = out.room(most);
  const ssize_t n = pread(fd, room, most, static_cast<off_t>(place.offset));
  if (n <= 0) return false;
  const void* last = memrchr(room, '\n', static_cast<std::size_t>(n));
  if (last == nullptr) return false;
  out.grew(static_cast<std::size_t>(static_cast<const char*>(last) - room) + 1);
  return true;
}

}  // namespace

const char* word_of(Condition condition) {
  switch (condition) {
    case Condition::missing:
      return "missing";
    case Condition::running:
    case Condition::orphaned:
      return "running";
    case Condition::exited:
      return "exited";
    case Condition::over:
      return "over";
    case Condition::lost:
      return "lost";
    case Condition::rebooted:
      return "rebooted";
  }
  return "missing";
}

Condition look_at(const char* dir, Buffer& exit, int& shim) {
  shim = 0;
  Recorded recorded;
  const bool recorded_here = read_record(dir, recorded);
  const bool same_boot = strcmp(recorded.boot_id, boot_id()) == 0;
  const bool shim_lives = recorded_here && same_boot && lives(recorded.shim, recorded.shim_start);
  if (shim_lives) shim = recorded.shim;
  if (read_exit(dir, exit)) return shim_lives ? Condition::exited : Condition::over;
  // A record is empty while its shim is about to write it.
  if (!recorded_here || recorded.boot_id[0] == 0) return Condition::missing;
  if (!same_boot) return Condition::rebooted;
  if (shim_lives) return Condition::running;
  if (lives(recorded.child, recorded.child_start)) return Condition::orphaned;
  // It may have written its last word since.
  return read_exit(dir, exit) ? Condition::over : Condition::lost;
}

bool read_log(const char* dir, LogPlace& place, std::size_t most, Buffer& out, int& fd,
              std::uint32_t& open_segment) {
  for (;;) {
    if (read_segment(dir, place, most, out, fd, open_segment)) return true;
    std::uint32_t next = 0;
    if (!next_segment(dir, place.segment, next)) return false;
    // What was written before the next one was made.
    if (read_segment(dir, place, most, out, fd, open_segment)) return true;
    place = {next, 0};
  }
}

void trim_log(const char* dir, std::uint32_t segment, Buffer& dropped) {
  Buffer list;
  list.add(dir).add("/").add(log_dropped_file);
  const std::size_t most = log_dropped_most + 64;
  const ssize_t n = read_file(list.text(), dropped.room(most), most);
  if (n > 0) dropped.grew(static_cast<std::size_t>(n));
  each_segment(dir, [&](std::uint32_t number) {
    if (number >= segment) return;
    Buffer path;
    unlink(path.add(dir).add("/").add(SegmentName(number).path).text());
  });
}

}  // namespace consort::shim
