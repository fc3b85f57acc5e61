#include "plugins/process/shim_template.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "plugins/process/process_tree.h"

namespace consort::process {
namespace {

std::string because(const std::string& what) {
  return "cannot " + what + ": " + std::strerror(errno);
}

// Above the numbers that the template expects its own descriptors at, so that dup2 never meets
// its source.
Fd out_of_the_way(Fd fd) { return Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10)); }

int spawn_template(const std::string& shim, int socket, int lock, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, 0, 1);
  ::posix_spawn_file_actions_adddup2(&actions, 0, 2);
  ::posix_spawn_file_actions_adddup2(&actions, socket, shim::template_socket);
  ::posix_spawn_file_actions_adddup2(&actions, lock, shim::template_lock);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  char name[] = "consort-shim";
  char serve[] = "--serve";
  char* argv[] = {name, serve, nullptr};
  char* envp[] = {nullptr};
  const int error = ::posix_spawn(&pid, shim.c_str(), &actions, &attributes, argv, envp);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

std::variant<ShimTemplate, std::string> ShimTemplate::launch(const std::string& shim,
                                                             const std::string& lock_file) {
  Fd lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return because("open " + lock_file);
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return because("lock " + lock_file);
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return because("make a socket for the shims");
  }
  Fd own = out_of_the_way(Fd(ends[0]));
  const Fd theirs = out_of_the_way(Fd(ends[1]));
  lock = out_of_the_way(std::move(lock));
  if (!own || !theirs || !lock) return because("start " + shim);
  ::fcntl(own.get(), F_SETFL, O_NONBLOCK);
  pid_t pid = 0;
  if (const int error = spawn_template(shim, theirs.get(), lock.get(), pid); error != 0) {
    errno = error;
    return because("start " + shim);
  }
  return ShimTemplate(std::move(own), pid);
}

ShimTemplate::~ShimTemplate() {
  if (!socket_) return;  // moved from
  socket_ = Fd();
  if (is_stopped()) kill();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

bool ShimTemplate::is_stopped() const {
  const char state = read_process(pid_).state;
  return state == 'T' || state == 't';
}

// Not reaped before the destructor, so the number is still its own.
void ShimTemplate::kill() { ::kill(pid_, SIGKILL); }

void ShimTemplate::send(shim::Action action, std::uint64_t op, const std::string& instance_dir,
                        std::vector<Fd> descriptors) {
  shim::Request request;
  request.action = action;
  request.op = op;
  Message message{std::string(reinterpret_cast<const char*>(&request), sizeof request),
                  std::move(descriptors)};
  message.bytes += instance_dir;
  if (!waiting_.empty() || !transmit(message)) waiting_.push_back(std::move(message));
}

void ShimTemplate::flush() {
  while (!waiting_.empty() && transmit(waiting_.front())) waiting_.pop_front();
}

// False if the socket is full. A message to a template that is gone counts as sent: receive()
// reports the end, and with it every unanswered request.
bool ShimTemplate::transmit(const Message& message) {
  iovec part{const_cast<char*>(message.bytes.data()), message.bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {};
  if (message.descriptors.size() == 3) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(3 * sizeof(int));
    int fds[3];
    for (int i = 0; i < 3; ++i) fds[i] = message.descriptors[static_cast<std::size_t>(i)].get();
    std::memcpy(CMSG_DATA(rights), fds, sizeof fds);
  }
  for (;;) {
    if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS;
  }
}

std::optional<shim::Reply> ShimTemplate::receive(bool& ended) {
  shim::Reply reply;
  for (;;) {
    const ssize_t n = ::recv(socket_.get(), &reply, sizeof reply, 0);
    if (n == sizeof reply) return reply;
    if (n < 0 && errno == EINTR) continue;
    ended = n == 0 || (n < 0 && errno != EAGAIN);
    return std::nullopt;
  }
}

}  // namespace consort::process
