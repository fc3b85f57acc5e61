#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What `doctor` says of this machine: facts are read, then judged.
namespace consort::cli {

struct MachineFacts {
  std::string kernel;  // "6.1.0-18-amd64"
  std::uint64_t open_files = 0, open_files_hard = 0;
  std::optional<std::uint64_t> user_processes;  // RLIMIT_NPROC; none: no limit
  std::optional<std::uint64_t> cgroup_pids;     // the tightest pids.max above; none: no limit
  std::optional<std::uint64_t> pid_max;
  std::optional<std::uint64_t> inotify_instances, inotify_watches;
  std::optional<std::uint64_t> pipe_pages_soft;  // fs.pipe-user-pages-soft; 0: no limit
  std::optional<std::uint64_t> pipe_max_size;
  bool pidfd = false;      // Linux 5.3
  bool subreaper = false;  // Linux 3.4
  bool cgroup2 = false;    // the unified hierarchy is mounted
  bool cgroup2_writable = false;
  bool user_namespaces = false;
  std::optional<std::uint64_t> state_room_mib;  // of the state directory's file system
  std::string state_directory, state_problem;   // problem: why it cannot be written to
  std::string runtime_directory, runtime_problem;
};
MachineFacts read_machine_facts();

enum class Verdict { good, weak, missing };
std::string_view to_string(Verdict verdict);

struct Check {
  std::string name, value;
  Verdict verdict = Verdict::good;
  std::string advice;  // what to do; empty where all is well
};
// Pure. `weak`: works with less; `missing`: something of Consort does not work.
std::vector<Check> judge(const MachineFacts& facts);

}  // namespace consort::cli
