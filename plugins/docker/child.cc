#include "plugins/docker/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace consort::docker {
namespace {

std::pair<Fd, Fd> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(CONSORT_E_FAILED, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (auto& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

pid_t spawn(std::vector<std::string>& argv, std::vector<std::string>& environment, int in,
            int out) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const auto arguments = pointers(argv);
  const auto variables = pointers(environment);
  pid_t pid = -1;
  const int failed =
      ::posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    throw Error(CONSORT_E_FAILED, "cannot run " + argv[0] + ": " + std::strerror(failed));
  }
  return pid;
}

// Kills and reaps it where nobody has: also when the coroutine is destroyed.
struct Reaped {
  pid_t pid;
  int status = 0;
  bool done = false;
  void reap() {
    if (std::exchange(done, true)) return;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  ~Reaped() {
    if (!done) ::kill(pid, SIGKILL);
    reap();
  }
};

struct Watched {
  Reactor& reactor;
  int fd;
  ~Watched() { reactor.unwatch(fd); }
};

}  // namespace

Async<ChildResult> run_child(Reactor& reactor, std::vector<std::string> argv,
                             std::vector<std::string> environment, std::string input,
                             std::chrono::milliseconds limit) {
  auto [in, in_write] = make_pipe();
  auto [out_read, out] = make_pipe();
  Reaped child{spawn(argv, environment, in.get(), out.get())};
  in.reset();
  out.reset();
  // Short enough for a pipe: a registry's name.
  if (::write(in_write.get(), input.data(), input.size()) < 0 && errno != EPIPE) {
    throw Error(CONSORT_E_FAILED, "cannot write to " + argv[0] + ": " + std::strerror(errno));
  }
  in_write.reset();
  ChildResult result;
  Event ended(reactor);
  const Watched watched{reactor, out_read.get()};
  reactor.watch(out_read.get(), CONSORT_READABLE, [&](std::uint32_t) {
    std::array<char, 4096> buffer;
    const ssize_t length = ::read(out_read.get(), buffer.data(), buffer.size());
    if (length > 0) {
      result.output.append(buffer.data(), static_cast<std::size_t>(length));
    } else if (length == 0 || errno != EINTR) {
      reactor.unwatch(out_read.get());
      ended.set();
    }
  });
  const bool in_time = co_await ended.wait(limit);
  if (!in_time) throw Error(CONSORT_E_FAILED, argv[0] + " does not answer");
  child.reap();
  result.code = WIFEXITED(child.status) ? WEXITSTATUS(child.status) : 128 + WTERMSIG(child.status);
  co_return result;
}

}  // namespace consort::docker
