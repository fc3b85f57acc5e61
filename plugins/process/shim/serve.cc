#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol.h"
#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

struct Message {
  Request request;
  char directory[4096];
  int stdio[3];
};

Message message;

// 1: a request, 0: the peer is gone, -1: not a request (errno).
int receive(std::size_t& length) {
  iovec part = {&message, sizeof message.request + sizeof message.directory - 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof message.stdio)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    n = recvmsg(template_socket, &header, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return 0;
  for (int& fd : message.stdio) fd = -1;
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    memcpy(message.stdio, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
  }
  length = static_cast<std::size_t>(n);
  errno = EINVAL;
  if (length <= sizeof message.request || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return -1;
  }
  errno = EPROTONOSUPPORT;
  if (message.request.version > protocol_version) return -1;
  message.directory[length - sizeof message.request] = 0;
  return 1;
}

void refuse(Stage stage, int error) {
  Reply reply;
  reply.op = message.request.op;
  reply.error = error;
  reply.stage = stage;
  send(template_socket, &reply, sizeof reply, MSG_NOSIGNAL);
}

// Whether shims may lower their OOM score: found out once, and left as it was.
bool may_lower_oom_score() {
  char before[16];
  int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, before, sizeof before);
  bool may = n > 0 && pwrite(fd, "-900", 4, 0) == 4;
  if (may && pwrite(fd, before, static_cast<std::size_t>(n), 0) != n) may = false;
  close(fd);
  return may;
}

}  // namespace

int serve() {
  bool have_lock = fcntl(template_lock, F_GETFD) >= 0;
  setpgid(0, 0);
  reset_signals();
  // Shims outlive the terminal or pipe that the supervisor was started with.
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) {
    if (null != fd && dup2(null, fd) < 0) return status_not_started;
  }
  if (null > 2) close(null);
  close_from(have_lock ? 5 : 4, false);
  fcntl(template_socket, F_SETFD, FD_CLOEXEC);
  if (have_lock) fcntl(template_lock, F_SETFD, FD_CLOEXEC);
  boot_id();
  bool lower_oom_score = may_lower_oom_score();

  for (;;) {
    std::size_t length = 0;
    int got = receive(length);
    if (got == 0) return 0;
    if (got < 0) refuse(Stage::spec, errno);
    if (got > 0) {
      // Shims are children of the template's parent. The C library's fork cannot do that.
      long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
      if (pid == 0) {
        Caller caller;
        caller.socket = template_socket;
        caller.lock = have_lock ? template_lock : -1;
        caller.op = message.request.op;
        caller.null = 0;
        caller.lower_oom_score = lower_oom_score;
        memcpy(caller.stdio, message.stdio, sizeof caller.stdio);
        return this_shim.run(message.directory, message.request.action, caller);
      }
      if (pid < 0) refuse(Stage::fork, errno);
    }
    for (int fd : message.stdio) {
      if (fd >= 0) close(fd);
    }
  }
}

}  // namespace consort::shim
