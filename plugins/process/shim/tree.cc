#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

struct Process {
  pid_t pid;
  pid_t parent;
  pid_t group;
  char state;
  bool member;
  std::uint64_t start;
};

// More processes than this are not looked at in one walk; callers repeat until the tree is empty.
constexpr std::size_t most = 65536;
alignas(4096) Process table[most];
static_assert(sizeof table % 4096 == 0);

std::size_t read_all() {
  int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::size_t count = 0;
  alignas(dirent64) char entries[8192];
  long n = 0;
  while (count < most && (n = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
    for (long at = 0; at < n && count < most;) {
      auto* entry = reinterpret_cast<dirent64*>(entries + at);
      at += entry->d_reclen;
      std::uint64_t pid = 0;
      ProcStat stat;
      if (!parse_number(entry->d_name, pid) || !read_stat(static_cast<pid_t>(pid), stat)) continue;
      table[count++] = {
          static_cast<pid_t>(pid), stat.parent, stat.group, stat.state, false, stat.start};
    }
  }
  close(fd);
  return count;
}

// The mark is put first, but a shell gives its children the variables in an order of its own.
bool marked(pid_t pid, const char* mark) {
  char path[32];
  Text(path, sizeof path).add("/proc/").add(static_cast<std::uint64_t>(pid)).add("/environ");
  char text[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const std::size_t length = strlen(mark) + 1;  // with its NUL
  std::size_t same = 0;                         // bytes of this variable that are the mark's
  bool differs = false;
  ssize_t n = 0;
  while (same < length && (n = read(fd, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < n && same < length; ++i) {
      if (!differs && text[i] == mark[same]) {
        ++same;
      } else {
        differs = text[i] != 0;
        same = 0;
      }
    }
  }
  close(fd);
  return same == length;
}

// /proc lists processes by number.
Process* find(std::size_t count, pid_t pid) {
  std::size_t low = 0;
  std::size_t high = count;
  while (low < high) {
    std::size_t middle = (low + high) / 2;
    if (table[middle].pid < pid) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count && table[low].pid == pid ? &table[low] : nullptr;
}

// A parent need not come before its children in the table, so it is walked until nothing changes.
void mark_members(const TreeQuery& query, std::size_t count) {
  pid_t self = getpid();
  for (std::size_t i = 0; i < count; ++i) {
    Process& p = table[i];
    bool root = query.root != 0 && p.parent == query.root;
    p.member = p.pid != self && (root || p.pid == query.member ||
                                 (query.mark != nullptr && marked(p.pid, query.mark)));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (table[i].member || table[i].pid == self) continue;
      const Process* parent = find(count, table[i].parent);
      if (parent != nullptr && parent->member) table[i].member = changed = true;
    }
  }
}

void signal_one(const Process& p, int signal) {
  int fd = pidfd_open(p.pid);
  if (fd < 0) {
    // An older kernel: a child of ours cannot have been replaced, it would still be ours to reap.
    if (errno == ENOSYS && p.parent == getpid()) kill(p.pid, signal);
    return;
  }
  ProcStat now;
  if (read_stat(p.pid, now) && now.start == p.start) pidfd_signal(fd, signal);
  close(fd);
}

}  // namespace

int signal_tree(const TreeQuery& query, int signal) {
  std::size_t count = read_all();
  mark_members(query, count);
  int living = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Process& p = table[i];
    if (!p.member || p.state == 'Z' || p.state == 'X') continue;
    if (query.group != 0 && (p.group == query.group) == query.outside) continue;
    ++living;
    if (signal != 0) signal_one(p, signal);
  }
  madvise(table, sizeof table, MADV_DONTNEED);
  return living;
}

}  // namespace consort::shim
