// A whole runtime: native processes by posix_spawn, a pidfd for their end, a pipe for their output.
// Unlike with Consort's own, nothing is kept over the supervisor's death: its successor ends what
// still runs, since nobody reads its output. What belongs to an instance is what stays in its
// process group. It has ended when nobody holds its output.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <consort/runtime.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <vector>

using consort::Operation, consort::Task, std::string_view;

struct Process {
  Process(consort::Fd pipe, consort::LineWriter writer) : output(std::move(pipe)), lines(writer) {}
  pid_t pid = 0;
  consort::Fd output, pidfd;
  consort::LineWriter lines;
  std::vector<Operation> stops;
};

class Minimal : public consort::Runtime {
 public:
  using Runtime::Runtime;

  void start(Operation op, const Task& task) override {
    const std::string name(task.instance), folder(task.working_dir);
    if (processes_.contains(name)) return started(op, processes_.at(name).pid);
    if (task.argv.empty()) return op.fail(CONSORT_E_INVALID, "there is no command to run");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return op.fail(CONSORT_E_RETRY, std::strerror(errno));
    const consort::Fd write_end(ends[1]);
    Process process(consort::Fd{ends[0]}, {logs_, name, CONSORT_STDOUT});
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&files, write_end.get(), 2);
    posix_spawn_file_actions_addchdir_np(&files, folder.empty() ? "/" : folder.c_str());
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    const int error = ::posix_spawnp(&process.pid, task.argv.raw()[0], &files, &how,
                                     task.argv.raw(), task.env.raw());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) return op.fail(CONSORT_E_FAILED, std::strerror(error));
    process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    started(op, process.pid);
    processes_.emplace(name, std::move(process));
    logs_resume(name);
  }
  void stop(Operation op, string_view name, string_view, std::chrono::milliseconds grace) override {
    const auto it = processes_.find(name);
    if (it == processes_.end()) return op.ok();
    it->second.stops.push_back(std::move(op));
    ::kill(-it->second.pid, SIGTERM);
    reactor().after(grace, [this, late = it->first] {
      if (processes_.contains(late)) ::kill(-processes_.at(late).pid, SIGKILL);
    });
  }
  void inspect(Operation op, string_view name) override {
    const auto it = processes_.find(name);
    it == processes_.end() ? op.gone() : op.running(it->second.pid);
  }
  // Of an earlier supervisor's process nobody reads the output: it ends before it may start anew.
  void attach(Operation op, const Task& task, string_view handle) override {
    const pid_t pid = std::atoi(std::string(handle).c_str());
    if (!processes_.contains(task.instance) && pid > 0 && handle == handle_of(pid)) {
      ::kill(-pid, SIGKILL);
    }
    inspect(std::move(op), task.instance);
  }
  void remove(Operation op, string_view name, bool force) override {
    if (force || !processes_.contains(name)) return stop(std::move(op), name, "", {});
    op.fail(CONSORT_E_FAILED, "cannot remove it: it runs");
  }
  void logs_resume(string_view instance) override {
    if (const auto it = processes_.find(instance); it != processes_.end()) {
      if (!it->second.lines.flush()) return;
      reactor().watch(it->second.output.get(), CONSORT_READABLE,
                      [this, name = it->first](auto) { read(name); });
    }
  }

 private:
  // "PID START": the time of its start tells a process from a later one of the same number.
  static std::string handle_of(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string field;
    stat.ignore(1 << 10, ')');
    for (int i = 3; i <= 22; ++i) stat >> field;
    return std::to_string(pid) + " " + field;
  }
  static void started(Operation& op, pid_t pid) { op.started(handle_of(pid), pid); }
  void read(const std::string& name) {
    Process& process = processes_.at(name);
    char bytes[4096];
    const ssize_t n = ::read(process.output.get(), bytes, sizeof bytes);
    const bool stored = n > 0 ? process.lines.write({bytes, size_t(n)}) : process.lines.end();
    if (stored && n > 0) return;
    reactor().unwatch(process.output.get());  // not stored: until logs_resume
    if (stored) {
      reactor().watch(process.pidfd.get(), CONSORT_READABLE, [=, this](auto) { reap(name); });
    }
  }
  void reap(const std::string& name) {
    int status = 0;
    ::waitpid(processes_.at(name).pid, &status, 0);
    reactor().unwatch(processes_.at(name).pidfd.get());
    const auto ended = processes_.extract(name);
    host().exited(name, WIFSIGNALED(status) ? consort::Exit::by_signal(WTERMSIG(status))
                                            : consort::Exit::with_code(WEXITSTATUS(status)));
    for (Operation& op : ended.mapped().stops) op.ok();
  }

  consort::LogSink logs_{host()};
  std::map<std::string, Process, std::less<>> processes_;
};

CONSORT_RUNTIME(Minimal, "minimal", "1.0", CONSORT_EXT_LOGS)
