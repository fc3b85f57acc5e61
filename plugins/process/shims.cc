#include "plugins/process/shims.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "plugins/process/process_tree.h"

namespace consort::process {
namespace {

// For files that are opened for a moment, and the connections of clients.
constexpr rlim_t spare_descriptors = 8;

bool send(const Fd& pidfd, int control, std::uint64_t payload) {
  siginfo_t info{};
  info.si_signo = control;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(payload);
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), control, &info, 0) == 0;
}

rlim_t open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> own(::opendir("/proc/self/fd"), ::closedir);
  if (!own) return errno == EMFILE || errno == ENFILE ? RLIM_INFINITY / 2 : 0;
  rlim_t count = 0;
  while (::readdir(own.get()) != nullptr) ++count;
  return count - 3;  // ".", ".." and this one
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
    if (shim.timer != 0) reactor_.cancel(shim.timer);
  }
  if (template_check_ != 0) reactor_.cancel(template_check_);
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
  const auto exit = read_exit(exit_file(id));
  const bool shim_lives = lives(record->shim);
  if (!shim_lives && !(exit ? left_behind(id, *exit) : lives(record->child))) return false;
  Shim& shim = shims_[id];
  shim.directory = directory;
  shim.observer = &observer;
  attend(id);
  return shims_.contains(id);
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

std::string Shims::lacks() const {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return "";
  const rlim_t shims = shims_.size() + pending_.size();
  if (4 * shims + 256 < limit.rlim_cur) return "";  // counting is not needed, so far from the end
  rlim_t unwatched = pending_.size();
  for (const auto& [id, shim] : shims_) unwatched += shim.pidfd ? 0 : 1;
  if (open_descriptors() + unwatched + spare_descriptors < limit.rlim_cur) return "";
  return "the supervisor may have " + std::to_string(limit.rlim_cur) +
         " files open, too few to watch one more service; raise its limit (ulimit -n) and run "
         "consort supervisor restart";
}

bool Shims::tree_lives(const std::string& id) const {
  const auto found = shims_.find(id);
  if (found == shims_.end()) return false;
  const auto record = read_record(found->second.directory);
  if (!record || found->second.pid == 0 || lives(record->child)) return true;
  // The descendants of an earlier shim are not this one's, but it knows them.
  const auto exit = read_exit(exit_file(id));
  return !exit || exit->leftovers || !descendants(found->second.pid).empty();
}

void Shims::kill(const std::string& id) {
  const auto found = shims_.find(id);
  if (found != shims_.end() && found->second.pidfd) {
    ::syscall(SYS_pidfd_send_signal, found->second.pidfd.get(), SIGKILL, nullptr, 0);
  }
}

}  // namespace consort::process
