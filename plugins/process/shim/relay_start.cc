// Instances that are started, and shims that are launched for them.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "relay_files.h"
#include "relay_spec.h"
#include "relay_state.h"

namespace consort::shim {

void Relay::start(const Call& call, bool run_it) {
  const char* dir = call.text(0);
  Buffer path;
  path.add(dir).add("/").add(record_file);
  if (access(path.text(), F_OK) == 0) return reply(call.id(), "ok", "");
  Buffer spec;
  Buffer error;
  if (!complete_spec(call, 1, dir, spec, error)) return reply(call.id(), "failed", error.text());
  path.clear();
  path.add(dir).add("/run");
  int failed = make_folders(path.text());
  path.clear();
  path.add(dir).add("/").add(spec_file);
  if (failed == 0) failed = write_file(path.text(), spec.data(), spec.size());
  int pipe = -1;
  if (failed == 0 && run_it) {
    pipe = launch(dir, false);
    if (pipe < 0) failed = errno;
  }
  if (failed != 0) {
    remove_tree(dir);
    remove_empty_parents(root_.text(), dir);
    Buffer text;
    text.add("cannot write ").add(path.text()).add(": ").add(strerror(failed));
    return reply(call.id(), "failed", text.text());
  }
  if (!run_it) return reply(call.id(), "ok", "");
  add(call, Pending::Kind::start).pipe = pipe;
}

// The read end of what it says; -1 with errno.
int Relay::launch(const char* dir, bool adopt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    signal(SIGCHLD, SIG_DFL);
    execl("/proc/self/exe", "consort-shim", "--detach", adopt ? "--adopt" : dir,
          adopt ? dir : nullptr, nullptr);
    _exit(status_not_started);
  }
  const int error = errno;
  close(ends[1]);
  if (pid > 0) {
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return ends[0];
  }
  close(ends[0]);
  errno = error;
  return -1;
}

bool Relay::try_start(Pending& p) {
  for (;;) {
    const ssize_t n = read(p.pipe, p.said.room(512), 512);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) break;
    p.said.grew(static_cast<std::size_t>(n));
  }
  close(p.pipe);
  p.pipe = -1;
  const bool started = strncmp(p.said.text(), "shim ", 5) == 0;
  reply(p.id, started ? "ok" : "failed", p.said.text());
  return true;
}

}  // namespace consort::shim
