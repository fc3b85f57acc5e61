#include "core/cli/limits.h"

namespace consort::cli {
namespace {

std::string or_unlimited(const std::optional<std::uint64_t>& limit) {
  return limit ? std::to_string(*limit) : "no limit";
}

Check at_least(std::string name, const std::optional<std::uint64_t>& value, std::uint64_t least,
               std::string advice) {
  Check check{std::move(name), or_unlimited(value), Verdict::good, ""};
  if (value && *value < least) {
    check.verdict = Verdict::weak;
    check.advice = std::move(advice);
  }
  return check;
}

Check feature(std::string name, bool there, Verdict without, std::string advice) {
  if (there) return {std::move(name), "yes", Verdict::good, ""};
  return {std::move(name), "no", without, std::move(advice)};
}

Check directory(std::string name, const std::string& path, const std::string& problem,
                const char* variable) {
  if (problem.empty()) return {std::move(name), path, Verdict::good, ""};
  return {std::move(name), path, Verdict::missing,
          problem + "; set " + std::string(variable) + " to a folder of yours"};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "ok";
    case Verdict::weak:
      return "weak";
    case Verdict::missing:
      return "missing";
  }
  return "ok";
}

std::vector<Check> judge(const MachineFacts& facts) {
  std::vector<Check> checks;
  checks.push_back({"kernel", facts.kernel, Verdict::good, ""});
  // A native service takes a few descriptors of the supervisor; it raises its own soft limit.
  Check files{
      "open files",
      std::to_string(facts.open_files) + " (at most " + std::to_string(facts.open_files_hard) + ")",
      Verdict::good, ""};
  if (facts.open_files_hard < 4096) {
    files.verdict = Verdict::weak;
    files.advice =
        "a few hundred services need more: raise the hard limit (ulimit -Hn 65536, "
        "limits.conf or LimitNOFILE=)";
  }
  checks.push_back(std::move(files));
  checks.push_back(at_least("processes of this user", facts.user_processes, 2048,
                            "each native service takes two and its own: raise it (ulimit -u)"));
  checks.push_back(at_least("processes of this cgroup", facts.cgroup_pids, 2048,
                            "each native service takes two and its own: raise pids.max "
                            "(TasksMax=, docker run --pids-limit)"));
  checks.push_back(
      at_least("pid_max", facts.pid_max, 4096, "raise it: sysctl kernel.pid_max=4194304"));
  checks.push_back(at_least("inotify instances", facts.inotify_instances, 16,
                            "raise it: sysctl fs.inotify.max_user_instances=512"));
  checks.push_back(at_least("inotify watches", facts.inotify_watches, 1024,
                            "raise it: sysctl fs.inotify.max_user_watches=65536"));
  if (facts.pipe_pages_soft && *facts.pipe_pages_soft != 0) {
    // Beyond the soft limit new pipes have one page, which makes chatty services slow.
    checks.push_back(at_least("pipe pages of this user", facts.pipe_pages_soft, 4096,
                              "pipes get small beyond it: sysctl fs.pipe-user-pages-soft=65536"));
  }
  checks.push_back(at_least("largest pipe", facts.pipe_max_size, 65536,
                            "raise it: sysctl fs.pipe-max-size=1048576"));
  checks.push_back(feature("pidfd", facts.pidfd, Verdict::missing,
                           "native services need Linux 5.3 or newer, and a sandbox that allows "
                           "pidfd_open"));
  checks.push_back(feature("child subreaper", facts.subreaper, Verdict::missing,
                           "native services need Linux 3.4 or newer"));
  checks.push_back(feature("cgroup v2", facts.cgroup2, Verdict::weak,
                           "services are stopped by their descendants instead, and limits are "
                           "not enforced"));
  if (facts.cgroup2) {
    checks.push_back(feature("cgroup v2 delegated", facts.cgroup2_writable, Verdict::weak,
                             "limits of native services are not enforced: start in a delegated "
                             "scope (systemd-run --user --scope -p Delegate=yes)"));
  }
  checks.push_back(feature("user namespaces", facts.user_namespaces, Verdict::weak,
                           "native services get variables instead of names for other services: "
                           "sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1"));
  checks.push_back(
      directory("state directory", facts.state_directory, facts.state_problem, "XDG_STATE_HOME"));
  checks.push_back(at_least("room for logs there, MiB", facts.state_room_mib, 100,
                            "a service that writes waits while the disk is full: make room, or "
                            "set XDG_STATE_HOME to a folder elsewhere"));
  checks.push_back(directory("runtime directory", facts.runtime_directory, facts.runtime_problem,
                             "XDG_RUNTIME_DIR"));
  return checks;
}

}  // namespace consort::cli
