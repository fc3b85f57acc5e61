#include "plugins/process/shims.h"

#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace consort::process {
namespace {

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

bool send(const Fd& pidfd, int control, std::uint64_t payload) {
  siginfo_t info{};
  info.si_signo = control;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(payload);
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), control, &info, 0) == 0;
}

// Takes a child's zombie away; a process that is not our child has another parent for that.
void reap(const Fd& pidfd) {
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
}

}  // namespace

Shims::Shims(Host host, Reactor& reactor, Options options)
    : host_(host),
      reactor_(reactor),
      options_(std::move(options)),
      exits_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  const char* advice = errno == EMFILE ? " (see fs.inotify.max_user_instances)" : "";
  if (!exits_ || ::inotify_add_watch(exits_.get(), options_.exit_dir.c_str(), IN_MOVED_TO) < 0) {
    throw Error(CONSORT_E_FAILED,
                "cannot watch " + options_.exit_dir + ": " + std::strerror(errno) + advice);
  }
  reactor_.watch(exits_.get(), CONSORT_READABLE, [this](std::uint32_t) { exits_ready(); });
}

Shims::~Shims() {
  reactor_.unwatch(exits_.get());
  for (const auto& [id, shim] : shims_) {
    if (shim.pidfd) reactor_.unwatch(shim.pidfd.get());
  }
  if (template_) reactor_.unwatch(template_->socket());
}

void Shims::start(const std::string& id, const std::string& directory, std::vector<Fd> descriptors,
                  ShimObserver& observer, Started started) {
  request(shim::Action::start, {id, directory, &observer, std::move(started)},
          std::move(descriptors));
}

bool Shims::watch(const std::string& id, const std::string& directory, ShimObserver& observer) {
  const auto record = read_record(directory);
  if (!record || record->boot_id != boot_id()) return false;
  Shim& shim = shims_[id];
  shim.directory = directory;
  shim.observer = &observer;
  if (lives(record->shim) && attach(id, shim, record->shim)) {
    tell_exit(id);
    return true;
  }
  if (read_exit(exit_file(id)) || !lives(record->child)) {
    shims_.erase(id);
    return false;
  }
  request(shim::Action::adopt, {id, directory, &observer, {}}, {});
  return true;
}

bool Shims::order(const std::string& id, int control, std::uint64_t payload) {
  const auto found = shims_.find(id);
  if (found == shims_.end()) return false;
  if (!found->second.pidfd || !send(found->second.pidfd, control, payload)) {
    found->second.orders.emplace_back(control, payload);
  }
  return true;
}

pid_t Shims::pid(const std::string& id) const {
  const auto found = shims_.find(id);
  return found == shims_.end() ? 0 : found->second.pid;
}

void Shims::request(shim::Action action, Pending pending, std::vector<Fd> descriptors) {
  use_template();
  const std::uint64_t op = next_op_++;
  const std::string directory = pending.directory;
  pending_.emplace(op, std::move(pending));
  const bool waited = template_->backlog();
  template_->send(action, op, directory, std::move(descriptors));
  if (template_->backlog() != waited) watch_template();
}

void Shims::use_template() {
  if (template_) return;
  auto launched = ShimTemplate::launch(options_.shim, options_.lock);
  if (const auto* error = std::get_if<std::string>(&launched)) {
    throw Error(CONSORT_E_FAILED, *error);
  }
  template_.emplace(std::move(std::get<ShimTemplate>(launched)));
  watch_template();
}

void Shims::watch_template() {
  const std::uint32_t events = CONSORT_READABLE | (template_->backlog() ? CONSORT_WRITABLE : 0);
  reactor_.watch(template_->socket(), events,
                 [this](std::uint32_t ready) { template_ready(ready); });
}

void Shims::template_ready(std::uint32_t ready) {
  if ((ready & CONSORT_WRITABLE) != 0) {
    template_->flush();
    if (!template_->backlog()) watch_template();
  }
  bool ended = false;
  while (const auto reply = template_->receive(ended)) replied(*reply);
  if (ended) template_ended();
}

// Killed from outside: what it was asked for and did not answer is told as "not now", unless the
// shim came to be after all.
void Shims::template_ended() {
  host_.log(CONSORT_LOG_WARNING, "the shim template ended; the next start makes a new one");
  reactor_.unwatch(template_->socket());
  template_.reset();
  for (auto& [op, pending] : std::exchange(pending_, {})) {
    shim::Reply reply;
    reply.error = EAGAIN;
    if (!pending.started) {
      adopted(pending.id, reply);
      continue;
    }
    const auto record = read_record(pending.directory);
    if (record && lives(record->child) && watch(pending.id, pending.directory, *pending.observer)) {
      reply.error = 0;
      reply.shim_pid = record->shim.pid;
      reply.child_pid = record->child.pid;
    }
    pending.started(reply);
  }
}

void Shims::replied(const shim::Reply& reply) {
  auto node = pending_.extract(reply.op);
  if (node.empty()) return;
  Pending& pending = node.mapped();
  if (!pending.started) return adopted(pending.id, reply);
  if (reply.error != 0) {
    // The shim of a failed start is a child that ends at once: reaped, not watched.
    if (reply.shim_pid > 0) ::waitpid(reply.shim_pid, nullptr, 0);
    ::unlink(exit_file(pending.id).c_str());
    return pending.started(reply);
  }
  Shim& shim = shims_[pending.id];
  shim.directory = pending.directory;
  shim.observer = pending.observer;
  const bool attached = attach(pending.id, shim, {reply.shim_pid, 0});
  pending.started(reply);
  if (!attached) shim_ended(pending.id);
}

void Shims::adopted(const std::string& id, const shim::Reply& reply) {
  const auto found = shims_.find(id);
  if (found == shims_.end()) return;
  Shim& shim = found->second;
  if (reply.error == 0 && attach(id, shim, {reply.shim_pid, 0})) {
    for (const auto& [control, payload] : std::exchange(shim.orders, {})) {
      order(id, control, payload);
    }
    return;
  }
  if (reply.shim_pid > 0 && reply.error != 0) ::waitpid(reply.shim_pid, nullptr, 0);
  shim_ended(id);
}

// A start time of 0: our own child, whose pid cannot pass to another before we reap it.
bool Shims::attach(const std::string& id, Shim& shim, const Identity& identity) {
  shim.pidfd = open_pidfd(identity.pid);
  if (!shim.pidfd || (identity.start != 0 && !lives(identity))) {
    shim.pidfd.reset();
    return false;
  }
  shim.pid = identity.pid;
  reactor_.watch(shim.pidfd.get(), CONSORT_READABLE, [this, id](std::uint32_t) {
    const auto found = shims_.find(id);
    if (found == shims_.end()) return;
    reap(found->second.pidfd);
    shim_ended(id);
  });
  return true;
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
        for (const auto& id : all) tell_exit(id);
      } else if (event->len > 0) {
        tell_exit(event->name);
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

// The shim's process is over. With an exit file all is well; without one it was killed, and another
// takes its place if the program still lives.
void Shims::shim_ended(const std::string& id) {
  Shim& shim = shims_.at(id);
  if (shim.pidfd) reactor_.unwatch(shim.pidfd.get());
  shim.pidfd.reset();
  const bool replaced = shim.pid != 0;
  shim.pid = 0;
  tell_exit(id);
  const auto again = shims_.find(id);
  if (again == shims_.end()) return;
  if (again->second.ended) return finish(id);
  const auto record = read_record(again->second.directory);
  if (replaced && record && lives(record->child)) {
    host_.log(CONSORT_LOG_WARNING, "the shim of " + id + " was killed; another takes its place");
    try {
      return request(shim::Action::adopt, {id, again->second.directory, again->second.observer, {}},
                     {});
    } catch (const std::exception& error) {
      host_.log(CONSORT_LOG_ERROR, error.what());
    }
  }
  again->second.ended = true;
  again->second.observer->ended(Exit::unknown("its shim was killed"));
  finish(id);
}

void Shims::finish(const std::string& id) {
  auto node = shims_.extract(id);
  if (!node.empty()) node.mapped().observer->gone();
}

}  // namespace consort::process
