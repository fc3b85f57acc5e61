#include "plugins/process/top.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>

namespace consort::process {
namespace {

namespace json = boost::json;

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string owner_of(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return "?";
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(info.st_uid, &entry, buffer, sizeof buffer, &found);
  return found != nullptr ? entry.pw_name : std::to_string(info.st_uid);
}

// The command line with spaces between, or the name in brackets where there is none.
std::string command_of(const std::string& folder) {
  std::string text = whole_file(folder + "/cmdline");
  std::replace(text.begin(), text.end(), '\0', ' ');
  while (text.ends_with(' ')) text.pop_back();
  if (!text.empty()) return text;
  std::string name = whole_file(folder + "/comm");
  while (name.ends_with('\n')) name.pop_back();
  return "[" + name + "]";
}

std::string terminal_of(const std::string& folder) {
  char target[128];
  const ssize_t size = ::readlink((folder + "/fd/0").c_str(), target, sizeof target);
  const std::string path(target, size > 0 ? static_cast<std::size_t>(size) : 0);
  return path.starts_with("/dev/pts/") || path.starts_with("/dev/tty") ? path.substr(5) : "?";
}

// The boot's time, from which the kernel counts the starts of processes.
std::time_t boot_time() {
  timespec wall{}, since_boot{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return wall.tv_sec - since_boot.tv_sec;
}

// As ps has it: the time today, else the day.
std::string start_text(std::time_t started, std::time_t now) {
  std::tm then{}, today{};
  ::localtime_r(&started, &then);
  ::localtime_r(&now, &today);
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  char text[16];
  std::strftime(text, sizeof text, same_day ? "%H:%M" : "%b%d", &then);
  return text;
}

std::string duration_text(std::uint64_t seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%02u:%02u:%02u", static_cast<unsigned>(seconds / 3600),
                static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  return text;
}

}  // namespace

std::string top_of(const std::vector<ProcessInfo>& processes) {
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::time_t now = ::time(nullptr);
  const std::time_t boot = boot_time();
  json::array rows;
  for (const auto& process : processes) {
    const std::string folder = "/proc/" + std::to_string(process.pid);
    const std::time_t started = boot + static_cast<std::time_t>(process.start_time / ticks);
    const std::uint64_t used = process.cpu_ticks / ticks;
    const auto age = static_cast<std::uint64_t>(std::max<std::time_t>(now - started, 1));
    rows.push_back(json::array{owner_of(folder), std::to_string(process.pid),
                               std::to_string(process.parent), std::to_string(100 * used / age),
                               start_text(started, now), terminal_of(folder), duration_text(used),
                               command_of(folder)});
  }
  return json::serialize(json::object{
      {"titles", json::array{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}},
      {"processes", std::move(rows)}});
}

}  // namespace consort::process
