// A whole runtime: native processes by posix_spawn, a pidfd for their end, a pipe for their output.
// What it leaves out against Consort's own process runtime: their output ends with the supervisor,
// and a tree is only what stays in its process group.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <consort/runtime.hpp>
#include <cstring>
#include <map>
#include <vector>

namespace {

struct Process {
  pid_t pid = 0;
  consort::Fd pidfd, output;
  std::string line;  // the part of a line that has no newline yet
  std::vector<consort::Operation> stops;
};

class Minimal : public consort::Runtime {
 public:
  using Runtime::Runtime;

  void start(consort::Operation op, const consort::Task& task) override {
    const std::string instance(task.instance);
    if (const auto it = processes_.find(instance); it != processes_.end()) {
      return op.started("", it->second.pid);
    }
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) throw consort::Error(CONSORT_E_FAILED, strerror(errno));
    Process process;
    process.output.reset(pipe[0]);
    const consort::Fd write_end(pipe[1]);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, write_end.get(), 1);
    posix_spawn_file_actions_adddup2(&files, write_end.get(), 2);
    const std::string folder(task.working_dir.empty() ? "/" : task.working_dir);
    posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    const int error = task.argv.empty()
                          ? EINVAL
                          : ::posix_spawnp(&process.pid, task.argv.raw()[0], &files, &attributes,
                                           task.argv.raw(), task.env.raw());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0)
      return op.fail(CONSORT_E_FAILED, "cannot run it: " + std::string(strerror(error)));

    process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    reactor().watch(process.output.get(), CONSORT_READABLE, [=, this](auto) { read(instance); });
    reactor().watch(process.pidfd.get(), CONSORT_READABLE, [=, this](auto) { reap(instance); });
    op.started("", process.pid);
    processes_.emplace(instance, std::move(process));
  }
  void stop(consort::Operation op, std::string_view name, std::string_view,
            std::chrono::milliseconds grace) override {
    const auto it = processes_.find(std::string(name));
    if (it == processes_.end()) return op.ok();
    ::kill(-it->second.pid, SIGTERM);
    it->second.stops.push_back(std::move(op));
    reactor().after(grace, [this, instance = it->first] {
      if (processes_.contains(instance)) ::kill(-processes_[instance].pid, SIGKILL);
    });
  }
  void attach(consort::Operation op, const consort::Task& task, std::string_view) override {
    inspect(std::move(op), task.instance);
  }
  void inspect(consort::Operation op, std::string_view name) override {
    const auto it = processes_.find(std::string(name));
    it == processes_.end() ? op.gone() : op.running(it->second.pid);
  }
  void remove(consort::Operation op, std::string_view name, bool force) override {
    const auto it = processes_.find(std::string(name));
    if (it == processes_.end()) return op.ok();
    if (!force) return op.fail(CONSORT_E_FAILED, "it runs");
    stop(std::move(op), name, "", {});
  }

 private:
  bool read(const std::string& instance);
  void reap(const std::string& instance);

  consort::LogSink logs_{host()};
  std::map<std::string, Process> processes_;
};
