#include "core/cli/limits.h"

#include "core/base/paths.h"
#include "core/base/text.h"
#include "core/cli/disk_room.h"

#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace consort::cli {
namespace {

namespace fs = std::filesystem;

// Files of /proc and /sys have no size, so they are read as streams.
std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> sysctl(const char* name) {
  return number(first_line(fs::path("/proc/sys") / name));
}

// The folder of this process in the unified hierarchy, or in v1's pids controller.
fs::path cgroup_folder(const char* controller, const fs::path& mount) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto parts = base::split(line, ':');
    if (parts.size() < 3 || parts[1] != controller) continue;
    return mount / fs::path(parts[2]).relative_path();
  }
  return {};
}

std::optional<std::uint64_t> tightest_pids_limit() {
  std::optional<std::uint64_t> tightest;
  const std::pair<const char*, const char*> places[] = {
      {"", "/sys/fs/cgroup"}, {"", "/sys/fs/cgroup/unified"}, {"pids", "/sys/fs/cgroup/pids"}};
  for (const auto& [controller, mount] : places) {
    fs::path folder = cgroup_folder(controller, mount);
    for (; !folder.empty() && folder != fs::path(mount).parent_path();
         folder = folder.parent_path()) {
      const auto limit = number(first_line(folder / "pids.max"));
      if (limit) tightest = std::min(*limit, tightest.value_or(*limit));
      if (folder == folder.parent_path()) break;
    }
  }
  return tightest;
}

bool has_pidfd() {
#ifdef SYS_pidfd_open
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  if (fd < 0) return false;
  ::close(fd);
  return true;
#else
  return false;
#endif
}

bool has_user_namespaces() {
  const auto most = sysctl("user/max_user_namespaces");
  const auto allowed = sysctl("kernel/unprivileged_userns_clone");
  return most.value_or(0) > 0 && (::geteuid() == 0 || allowed.value_or(1) != 0);
}

// Why nothing can be made in `folder` or, where it is not there yet, in its nearest parent.
std::string write_problem(fs::path folder) {
  std::error_code ignored;
  while (!fs::exists(folder, ignored) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return "cannot write to " + folder.string() + ": " + std::strerror(errno);
}

}  // namespace

MachineFacts read_machine_facts() {
  MachineFacts facts;
  utsname name{};
  if (::uname(&name) == 0) facts.kernel = name.release;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    facts.open_files = limit.rlim_cur;
    facts.open_files_hard = limit.rlim_max;
  }
  if (::getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    facts.user_processes = limit.rlim_cur;
  }
  facts.cgroup_pids = tightest_pids_limit();
  facts.pid_max = sysctl("kernel/pid_max");
  facts.inotify_instances = sysctl("fs/inotify/max_user_instances");
  facts.inotify_watches = sysctl("fs/inotify/max_user_watches");
  facts.pipe_pages_soft = sysctl("fs/pipe-user-pages-soft");
  facts.pipe_max_size = sysctl("fs/pipe-max-size");
  facts.pidfd = has_pidfd();
  int subreaper = 0;
  facts.subreaper = ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper) == 0;
  for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs info {};
    if (::statfs(mount, &info) != 0 ||
        static_cast<unsigned long>(info.f_type) != CGROUP2_SUPER_MAGIC) {
      continue;
    }
    facts.cgroup2 = true;
    const fs::path own = cgroup_folder("", mount);
    facts.cgroup2_writable = !own.empty() && ::access(own.c_str(), W_OK) == 0;
    break;
  }
  facts.user_namespaces = has_user_namespaces();
  const auto roots = base::roots_from_environment();
  facts.state_directory = roots.state.string();
  facts.state_problem = write_problem(roots.state);
  if (const auto room = disk_room(roots.state)) facts.state_room_mib = *room >> 20;
  facts.runtime_directory = roots.runtime.string();
  facts.runtime_problem = write_problem(roots.runtime);
  return facts;
}

}  // namespace consort::cli
