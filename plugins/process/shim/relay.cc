#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "relay_files.h"
#include "relay_state.h"

namespace consort::shim {
namespace {

// How often what waits is looked at although nothing was told: a file system without inotify.
constexpr std::uint64_t look_again_ms = 1000;

// Takes a piece of a log once it is compressed.
constexpr int pipe_size = 512 << 10;

}  // namespace

int Relay::run() {
  use_private_umask();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);  // nobody is waited for
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
  fcntl(1, F_SETPIPE_SZ, pipe_size);  // where it is a pipe: sshd sends while the next is made
  inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  heard_at_ = monotonic_ms();
  if (!greet()) {
    write_output();
    return 1;
  }
  while (open_ && monotonic_ms() - heard_at_ < relay_patience_ms) wait();
  return 0;
}

bool Relay::greet() {
  if (const int error = open_root(root_); error != 0) {
    const bool named = root_.size() != 0;
    fail("0", "cannot use ", named ? root_.text() : "the home folder",
         error == EPERM ? EACCES : error);
    return false;
  }
  utsname host{};
  uname(&host);
  const char* home = getenv("HOME");
  Buffer text;
  text.add("protocol ").add(std::uint64_t{relay_protocol}).add("\nboot_id ").add(boot_id());
  text.add("\nmachine ").add(host.machine).add("\nkernel ").add(host.release);
  text.add("\nhost ").add(host.nodename).add("\nhome ").add(home != nullptr ? home : "");
  char path[4200];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  path[n < 0 ? 0 : n] = 0;
  text.add("\nshim ").add(path).add("\nroot ").add(root_.text()).add("\n");
  reply("0", "ok", text.data(), text.size());
  return true;
}

void Relay::reply(const char* id, const char* status, const char* bytes, std::size_t length) {
  output_.add(id).add(" ").add(status).add(" ").add(length).add("\n").add(bytes, length);
}

void Relay::fail(const char* id, const char* what, const char* name, int error) {
  Buffer text;
  reply(id, error == ENOENT ? "missing" : "failed",
        text.add(what).add(name).add(": ").add(strerror(error)).text());
}

void Relay::wait() {
  std::size_t count = 3;
  for (const Watch* w = watches_; w != nullptr; w = w->next) count += w->pidfd >= 0;
  for (const Pending* p = pending_; p != nullptr; p = p->next) count += p->pipe >= 0;
  spare_.clear();
  auto* polls = reinterpret_cast<pollfd*>(spare_.room(count * sizeof(pollfd)));
  polls[0] = {0, POLLIN, 0};
  polls[1] = {1, static_cast<short>(output_.size() != 0 ? POLLOUT : 0), 0};
  polls[2] = {inotify_, POLLIN, 0};
  std::size_t at = 3;
  for (const Watch* w = watches_; w != nullptr; w = w->next) {
    if (w->pidfd >= 0) polls[at++] = {w->pidfd, POLLIN, 0};
  }
  for (const Pending* p = pending_; p != nullptr; p = p->next) {
    if (p->pipe >= 0) polls[at++] = {p->pipe, POLLIN, 0};
  }
  Watch* const ahead = to_be_ahead();
  const int ready = poll(polls, count, ahead != nullptr ? 0 : static_cast<int>(look_again_ms));
  if (ready <= 0 && ahead != nullptr) return work_ahead(*ahead);
  if (ready <= 0) {
    for (Watch* w = watches_; w != nullptr; w = w->next) {
      w->dirty = true;
      w->piece.length = 0;
      w->piece.bytes.release();
    }
    log_.release();
  } else {
    at = 3;
    for (Watch* w = watches_; w != nullptr; w = w->next) {
      if (w->pidfd >= 0 && polls[at++].revents != 0) {
        close(w->pidfd);
        w->pidfd = -1;
        w->dirty = true;
      }
    }
    if (polls[2].revents != 0) take_events();
    if (polls[0].revents != 0) take_input();
    if ((polls[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) open_ = false;
  }
  look_at_pending();
  write_output();
}

void Relay::take_events() {
  alignas(inotify_event) char events[8192];
  ssize_t n = 0;
  while ((n = read(inotify_, events, sizeof events)) > 0) {
    for (ssize_t at = 0; at < n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(events + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      for (Watch* w = watches_; w != nullptr; w = w->next) {
        const bool of_it = event->wd == w->folder || event->wd == w->log;
        if (of_it || (event->mask & IN_Q_OVERFLOW) != 0) w->dirty = true;
      }
    }
  }
}

void Relay::take_input() {
  for (int i = 0; i < 16; ++i) {
    constexpr std::size_t piece = 64 << 10;
    const ssize_t n = read(0, input_.room(piece), piece);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      open_ = false;
      break;
    }
    heard_at_ = monotonic_ms();
    input_.grew(static_cast<std::size_t>(n));
  }
  for (;;) {
    Call call;
    const int taken = call.take(input_);
    if (taken < 0) open_ = false;
    if (taken <= 0) return;
    serve(call);
  }
}

void Relay::write_output() {
  std::size_t done = 0;
  while (done < output_.size()) {
    const ssize_t n = write(1, output_.data() + done, output_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) open_ = false;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  output_.drop_front(done);
}

void Relay::look_at_pending() {
  for (Pending** at = &pending_; *at != nullptr;) {
    Pending& p = **at;
    switch (p.kind) {
      case Pending::Kind::start:
        p.done = try_start(p);
        break;
      case Pending::Kind::follow:
        p.done = p.watch == nullptr || (p.watch->dirty && try_follow(p));
        break;
      case Pending::Kind::stop:
        p.done = p.watch == nullptr || try_stop(p);
        break;
      case Pending::Kind::result:
        p.done = p.watch == nullptr || (p.watch->dirty && try_result(p));
        break;
    }
    if (!p.done) {
      at = &p.next;
      continue;
    }
    if (p.watch == nullptr && p.kind != Pending::Kind::start) {
      reply(p.id, "missing", "it was removed");
    }
    *at = p.next;
    p.~Pending();
    free(&p);
  }
  for (Watch* w = watches_; w != nullptr; w = w->next) w->dirty = false;
}

int relay() {
  Relay one;
  return one.run();
}

}  // namespace consort::shim
