// What becomes of instances: their shims watched, told exits, killed shims replaced.
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "plugins/process/shims.h"

namespace consort::process {
namespace {

constexpr std::chrono::seconds retry_after{1};
// Of an adoption where only descendants may live: a shim that cannot be started never ends them.
constexpr int most_tries = 5;

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// Takes a child's zombie away; a process that is not our child has another parent for that.
void reap(const Fd& pidfd) {
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
}

}  // namespace

void Shims::began(Pending pending, const shim::Reply& reply, const Identity& identity) {
  Shim& shim = shims_[pending.id];
  shim.directory = pending.directory;
  shim.observer = pending.observer;
  const bool attached = attach(pending.id, shim, identity) == Attach::done;
  pending.started(reply);
  if (!attached) attend(pending.id);
}

void Shims::adopted(const std::string& id, const shim::Reply& reply) {
  const auto found = shims_.find(id);
  if (found == shims_.end()) return;
  Shim& shim = found->second;
  shim.adopting = false;
  if (reply.error == 0 && attach(id, shim, {reply.shim_pid, 0}) == Attach::done) {
    shim.tries = 0;
    return;
  }
  if (reply.shim_pid > 0 && reply.error != 0) ::waitpid(reply.shim_pid, nullptr, 0);
  shim.tries++ == 0 ? attend(id) : attend_later(id);
}

Shims::Attach Shims::attach(const std::string& id, Shim& shim, const Identity& identity) {
  Fd pidfd = open_pidfd(identity.pid);
  if (!pidfd) return errno == ESRCH ? Attach::gone : Attach::later;
  try {
    if (identity.start != 0 && !lives(identity)) return Attach::gone;
  } catch (const Error&) {
    return Attach::later;
  }
  shim.pidfd = std::move(pidfd);
  shim.pid = identity.pid;
  reactor_.watch(shim.pidfd.get(), CONSORT_READABLE, [this, id](std::uint32_t) {
    const auto ended = shims_.find(id);
    if (ended == shims_.end()) return;
    Shim& over = ended->second;
    reap(over.pidfd);
    reactor_.unwatch(over.pidfd.get());
    over.pidfd.reset();
    over.pid = 0;
    attend(id);
  });
  for (const auto& [control, payload] : std::exchange(shim.orders, {})) {
    order(id, control, payload);
  }
  return Attach::done;
}

void Shims::exits_ready() {
  alignas(inotify_event) char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(exits_.get(), buffer, sizeof buffer);
    if (n <= 0) return;
    for (ssize_t at = 0; at < n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        std::vector<std::string> all;
        for (const auto& [id, shim] : shims_) all.push_back(id);
        for (const auto& id : all) attend(id);
      } else if (event->len > 0) {
        attend(event->name);
      }
    }
  }
}

// Tells the observer if there is an exit file and it was not told yet.
void Shims::tell_exit(const std::string& id) {
  const auto found = shims_.find(id);
  if (found == shims_.end() || found->second.ended) return;
  const auto exit = read_exit(exit_file(id));
  if (!exit) return;
  found->second.ended = true;
  found->second.observer->ended(*exit);
}

// Looks at what became of an instance. What cannot be told or done now (no descriptors, no memory)
// is tried again: only what is known to be over ends here.
void Shims::attend(const std::string& id) {
  const auto found = shims_.find(id);
  if (found == shims_.end()) return;
  try {
    tell_exit(id);
    const auto still = shims_.find(id);
    if (still != shims_.end() && !still->second.pidfd && !still->second.adopting) take_up(id);
  } catch (const std::exception& error) {
    if (const auto still = shims_.find(id); still != shims_.end() && still->second.tries++ == 0) {
      host_.log(CONSORT_LOG_WARNING, "cannot watch " + id + " now: " + error.what());
    }
    attend_later(id);
  }
}

void Shims::attend_later(const std::string& id) {
  const auto found = shims_.find(id);
  if (found == shims_.end() || found->second.timer != 0) return;
  found->second.timer = reactor_.after(retry_after, [this, id] {
    const auto due = shims_.find(id);
    if (due == shims_.end()) return;
    due->second.timer = 0;
    attend(id);
  });
}

// No shim is watched. If one lives it is; if it was killed before its time, and anything may live
// that was in its care, another takes its place; else all is over.
void Shims::take_up(const std::string& id) {
  Shim& shim = shims_.at(id);
  const auto record = read_record(shim.directory);
  if (record && record->boot_id == boot_id()) {
    if (lives(record->shim)) {
      switch (attach(id, shim, record->shim)) {
        case Attach::done:
          shim.tries = 0;
          return;
        case Attach::later:
          throw Error(CONSORT_E_RETRY, std::string("pidfd_open: ") + std::strerror(errno));
        case Attach::gone:
          break;
      }
    }
    const auto exit = read_exit(exit_file(id));
    const bool child_lives = lives(record->child);
    if (child_lives || (exit && shim.tries < most_tries && left_behind(id, *exit))) {
      host_.log(CONSORT_LOG_WARNING, "the shim of " + id + " was killed; another takes its place");
      request(shim::Action::adopt, {id, shim.directory, shim.observer, {}}, {});
      shim.adopting = true;
      return;
    }
  }
  if (!shim.ended) {
    shim.ended = true;
    shim.observer->ended(Exit::unknown("its shim was killed"));
  }
  finish(id);
}

// Whether a shim that is gone was killed while descendants of the program lived: one that ends by
// itself removes its input buffers.
bool Shims::left_behind(const std::string& id, const Exit& exit) const {
  const std::string buffers = options_.fifo_dir + "/" + id + shim::journal_suffix;
  return exit.leftovers && ::access(buffers.c_str(), F_OK) == 0;
}

void Shims::finish(const std::string& id) {
  auto node = shims_.extract(id);
  if (node.empty()) return;
  if (node.mapped().timer != 0) reactor_.cancel(node.mapped().timer);
  node.mapped().observer->gone();
}

}  // namespace consort::process
