#include "plugins/process/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace consort::process {
namespace {

// A file of /proc: small, and read whole by one read().
std::string read_small(const std::string& path) {
  char buffer[4096];
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

std::uint64_t value_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  return std::strtoull(text.data() + at + key.size(), nullptr, 10);
}

}  // namespace

ProcessInfo read_process(pid_t pid) {
  const std::string text = read_small("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');  // the name may hold anything, ')' too
  if (name_end == std::string::npos) return {};
  // proc(5): fields from 3 on are state ppid ... utime(14) stime(15) ... starttime(22) vsize
  // rss(24)
  std::uint64_t field[25] = {};
  char state = 0;
  const char* at = text.c_str() + name_end + 1;
  for (int i = 3; i <= 24 && *at != '\0'; ++i) {
    while (*at == ' ') ++at;
    if (i == 3)
      state = *at;
    else
      field[i] = std::strtoull(at, nullptr, 10);
    at += std::strcspn(at, " ");
  }
  return {pid, static_cast<pid_t>(field[4]), field[22], field[14] + field[15], field[24], state};
}

std::vector<ProcessInfo> descendants(pid_t root) {
  std::unordered_multimap<pid_t, ProcessInfo> children;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (proc != nullptr) {
    const dirent* entry = ::readdir(proc.get());
    if (entry == nullptr) break;
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid <= 0) continue;
    const ProcessInfo info = read_process(pid);
    if (info.pid != 0 && info.state != 'Z' && info.state != 'X')
      children.emplace(info.parent, info);
  }
  std::vector<ProcessInfo> found;
  const auto add_children = [&](pid_t parent) {
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) found.push_back(child->second);
  };
  add_children(root);
  for (std::size_t i = 0; i < found.size(); ++i) add_children(found[i].pid);
  return found;
}

Usage usage_of(const std::vector<ProcessInfo>& processes) {
  static const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  Usage usage;
  usage.processes = processes.size();
  for (const auto& process : processes) {
    usage.cpu_ns += process.cpu_ticks * 1'000'000'000 / ticks_per_second;
    usage.memory_bytes += process.resident_pages * page_size;
    const std::string io = read_small("/proc/" + std::to_string(process.pid) + "/io");
    usage.read_bytes += value_after(io, "\nread_bytes: ");
    usage.write_bytes += value_after(io, "\nwrite_bytes: ");
  }
  return usage;
}

}  // namespace consort::process
