#include "relay_stats.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

struct Process {
  std::uint64_t pid = 0;
  std::uint64_t parent = 0;
  std::uint64_t ticks = 0;  // of CPU time
  std::uint64_t pages = 0;  // resident
  bool member = false;
};

// proc_pid_stat(5): 4 is the parent, 14 and 15 the times, 24 the resident pages.
bool read_process(std::uint64_t pid, Process& process) {
  char path[48];
  char text[1024];
  Text(path, sizeof path).add("/proc/").add(pid).add("/stat");
  const ssize_t n = read_file(path, text, sizeof text - 1);
  if (n <= 0) return false;
  text[n] = 0;
  const char* at = strrchr(text, ')');
  if (at == nullptr || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') return false;
  std::uint64_t field[25] = {};
  ++at;
  for (int i = 3; i <= 24 && *at != 0; ++i) {
    while (*at == ' ') ++at;
    field[i] = strtoull(at, nullptr, 10);
    at += strcspn(at, " ");
  }
  process = {pid, field[4], field[14] + field[15], field[24], false};
  return true;
}

std::uint64_t io_value(const char* text, const char* key) {
  const char* at = strstr(text, key);
  return at == nullptr ? 0 : strtoull(at + strlen(key), nullptr, 10);
}

std::size_t read_all(Buffer& table) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return 0;
  while (const dirent* entry = readdir(proc)) {
    std::uint64_t pid = 0;
    Process process;
    if (!parse_number(entry->d_name, pid) || !read_process(pid, process)) continue;
    table.add(reinterpret_cast<const char*>(&process), sizeof process);
  }
  closedir(proc);
  return table.size() / sizeof(Process);
}

// Until nothing changes: a parent need not come before its children.
void mark(Process* all, std::size_t count, std::uint64_t root) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (all[i].member) continue;
      bool member = all[i].parent == root;
      for (std::size_t k = 0; k < count && !member; ++k) {
        member = all[k].member && all[k].pid == all[i].parent;
      }
      if (member) all[i].member = changed = true;
    }
  }
}

}  // namespace

void add_usage(int root, Buffer& out) {
  Buffer table;
  const std::size_t count = read_all(table);
  auto* all = reinterpret_cast<Process*>(table.data());
  mark(all, count, static_cast<std::uint64_t>(root));
  const auto hertz = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t cpu = 0, memory = 0, pids = 0, read = 0, written = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!all[i].member) continue;
    ++pids;
    cpu += all[i].ticks * 1000000000 / hertz;
    memory += all[i].pages * page;
    char path[48];
    char text[1024];
    Text(path, sizeof path).add("/proc/").add(all[i].pid).add("/io");
    const ssize_t n = read_file(path, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    read += io_value(text, "\nread_bytes: ");
    written += io_value(text, "\nwrite_bytes: ");
  }
  out.add("cpu_ns ").add(cpu).add("\nmemory_bytes ").add(memory).add("\npids ").add(pids);
  out.add("\nread_bytes ").add(read).add("\nwrite_bytes ").add(written).add("\n");
}

}  // namespace consort::shim
