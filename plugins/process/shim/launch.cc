#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

// The child shares the shim's memory until it executes; what it finds out is left here.
Launched result;

int give_up(Stage stage) {
  result.error = errno != 0 ? errno : EIO;
  result.stage = stage;
  return 1;
}

// Moves the three descriptors to 0, 1, 2; none of them may be one of those already, except at its
// own place.
bool take_stdio(const Launch& what) {
  const int from[3] = {what.in, what.out, what.err};
  for (int to = 0; to < 3; ++to) {
    if (from[to] == to ? fcntl(to, F_SETFD, 0) < 0 : dup2(from[to], to) < 0) return false;
  }
  return true;
}

// Raw system calls: the C library's would try to tell threads of a process that only borrows its
// memory.
bool become_user(const Spec& spec) {
  if (!spec.has_uid && !spec.has_gid && spec.group_count == 0) return true;
  bool same = (!spec.has_uid || spec.uid == geteuid()) && (!spec.has_gid || spec.gid == getegid());
  if (same && spec.group_count == 0) return true;
  if (syscall(SYS_setgroups, spec.group_count, spec.groups) != 0) return false;
  if (spec.has_gid && syscall(SYS_setresgid, spec.gid, spec.gid, spec.gid) != 0) return false;
  return !spec.has_uid || syscall(SYS_setresuid, spec.uid, spec.uid, spec.uid) == 0;
}

int child(const Launch& what) {
  const Spec& spec = *what.spec;
  if (spec.tty) {
    // A controlling terminal needs a session of its own; nothing else does.
    if (setsid() < 0 || ioctl(what.in, TIOCSCTTY, 0) < 0) return give_up(Stage::tty);
  } else {
    setpgid(0, 0);
  }

  ProcStat self;
  if (read_stat(0, self)) result.start = self.start;
  char line[64];
  Text text(line, sizeof line);
  text.add("child ").add(static_cast<std::uint64_t>(getpid())).add(" ").add(result.start).add("\n");
  ssize_t n = write(what.record, text.c_str(), text.size());
  if (n != static_cast<ssize_t>(text.size())) return give_up(Stage::record);

  if (!take_stdio(what)) return give_up(Stage::fifo);
  for (int i = 0; i < spec.limit_count; ++i) {
    const Limit& limit = spec.limits[i];
    auto resource = static_cast<__rlimit_resource>(limit.resource);
    if (setrlimit(resource, &limit.value) != 0) return give_up(Stage::limits);
  }
  if (spec.has_mask) umask(spec.mask);
  // Either the shim's user or the service's may be the one that can enter the folder.
  bool entered = spec.cwd == nullptr || chdir(spec.cwd) == 0;
  if (!become_user(spec)) return give_up(Stage::user);
  if (!entered && chdir(spec.cwd) != 0) return give_up(Stage::cwd);

  close_from(3, false);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(spec.exec, spec.argv, spec.envp);
  return give_up(Stage::exec);
}

}  // namespace

__attribute__((noinline)) Launched launch(const Launch& what) {
  result = Launched{};
  pid_t pid = vfork();
  if (pid == 0) _exit(child(what));
  if (pid < 0) {
    result.error = errno;
    result.stage = Stage::fork;
    return result;
  }
  result.pid = pid;
  return result;
}

}  // namespace consort::shim
