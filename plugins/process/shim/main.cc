// consort-shim: see README.md.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "protocol.h"
#include "relay.h"
#include "serve.h"
#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

constexpr const char* usage =
    "usage: consort-shim [--detach] [--adopt] INSTANCE_DIR\n"
    "       consort-shim --control INSTANCE_DIR stop [SIGNAL GRACE_MS] | signal NUMBER |\n"
    "                    resize ROWS COLS | close-stdin\n"
    "       consort-shim --serve        (a SOCK_SEQPACKET socket as fd 3, a lock file as fd 4)\n"
    "       consort-shim --relay        (the far end of a connection: relay.h)\n"
    "       consort-shim --version\n";

void say(int fd, const Text& text) {
  [[maybe_unused]] ssize_t n = write(fd, text.c_str(), text.size());
}

void explain(const char* directory, const Reply& reply) {
  char buffer[4400];
  Text text(buffer, sizeof buffer);
  text.add("consort-shim: cannot start ").add(directory).add(": ").add(stage_name(reply.stage));
  say(2, text.add(": ").add(strerror(reply.error)).add("\n"));
}

int run_here(const char* directory, Action action) {
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
  close_from(3, false);
  reset_signals();
  Caller caller;
  for (int fd = 0; fd < 3; ++fd) caller.stdio[fd] = fd;
  int status = this_shim.run(directory, action, caller);
  if (status != 0) explain(directory, this_shim.reply());
  return status;
}

// The shim in a session of its own; returns when its program runs or cannot.
int run_detached(const char* directory, Action action) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return status_not_started;
  pid_t pid = fork();
  if (pid < 0) return status_not_started;
  if (pid == 0) {
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
    dup2(pair[1], template_socket);
    fcntl(template_socket, F_SETFD, FD_CLOEXEC);
    close_from(4, false);
    reset_signals();
    Caller caller;
    caller.socket = template_socket;
    return this_shim.run(directory, action, caller);
  }
  close(pair[1]);
  Reply reply;
  ssize_t n = 0;
  do {
    n = recv(pair[0], &reply, sizeof reply, 0);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof reply) {
    reply.error = EPIPE;
    reply.stage = Stage::fork;
  }
  if (reply.error != 0) {
    explain(directory, reply);
    return status_not_started;
  }
  char buffer[160];
  Text text(buffer, sizeof buffer);
  text.add("shim ").add(static_cast<std::uint64_t>(reply.shim_pid)).add(" ");
  text.add(reply.shim_start).add("\nchild ").add(static_cast<std::uint64_t>(reply.child_pid));
  say(1, text.add(" ").add(reply.child_start).add("\n"));
  return 0;
}

int run(int count, char** words) {
  bool detach = false;
  Action action = Action::start;
  for (; count > 1 && words[0][0] == '-'; --count, ++words) {
    if (strcmp(words[0], "--detach") == 0) {
      detach = true;
    } else if (strcmp(words[0], "--adopt") == 0) {
      action = Action::adopt;
    } else if (strcmp(words[0], "--control") == 0) {
      return control(count - 1, words + 1);
    } else {
      break;
    }
  }
  if (count == 1 && strcmp(words[0], "--version") == 0) {
    char buffer[64];
    Text text(buffer, sizeof buffer);
    say(1, text.line("consort-shim protocol", protocol_version));
    return 0;
  }
  if (count == 1 && strcmp(words[0], "--serve") == 0) return serve();
  if (count == 1 && strcmp(words[0], "--relay") == 0) return relay();
  if (count == 1 && words[0][0] != '-') {
    return detach ? run_detached(words[0], action) : run_here(words[0], action);
  }
  char buffer[600];
  say(2, Text(buffer, sizeof buffer).add(usage));
  return 2;
}

}  // namespace
}  // namespace consort::shim

int main(int count, char** words) { return consort::shim::run(count - 1, words + 1); }
