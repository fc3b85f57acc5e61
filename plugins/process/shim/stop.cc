// How an instance ends.

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

constexpr std::uint64_t rescan_ms = 250;
constexpr std::uint64_t exit_retry_ms = 2000;

}  // namespace

TreeQuery Shim::tree() const {
  TreeQuery query;
  query.root = getpid();
  if (adopted_) {
    // They are not this shim's descendants: the leader's, while it lives, and whoever carries the
    // mark.
    query.member = leader_gone_ ? 0 : child_;
    query.mark = paths_.mark;
  }
  return query;
}

void Shim::reap() {
  int status = 0;
  rusage usage{};
  pid_t pid = 0;
  while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
    if (pid != child_ || adopted_) continue;
    ending_.max_rss_kb = static_cast<std::uint64_t>(usage.ru_maxrss);
    leader_ended(true, status);
  }
  // A subreaper without children has no descendants.
  if (!adopted_) children_ = !(pid < 0 && errno == ECHILD);
  if (!leader_gone_ || !children_ || phase_ == Phase::running) return;
  if (phase_ == Phase::killing) return kill_everything();
  if (strays_told_) return;
  // The group has had its signal; those that had left it get it now, with what is left of the
  // grace.
  strays_told_ = true;
  TreeQuery query = tree();
  query.group = child_;
  query.outside = true;
  signal_tree(query, stop_number_);
}

void Shim::leader_ended(bool known, int status) {
  leader_gone_ = true;
  ending_.known = known;
  ending_.status = status;
  if (adopted_) children_ = signal_tree(tree(), 0) > 0;
}

void Shim::stop(StopOrder order) {
  ending_.stopped = !leader_gone_ || ending_.stopped;
  if (order.signal == 0) order.signal = spec_.stop_signal;
  std::uint64_t at = monotonic_ms() + order.grace_ms;
  if (order.grace_ms == 0 || order.signal == SIGKILL) return kill_everything();
  if (phase_ == Phase::killing) return;
  bool first = phase_ == Phase::running;
  phase_ = Phase::terminating;
  stop_number_ = order.signal;
  if (at < stop_at_) stop_at_ = at;
  if (leader_gone_) strays_told_ = true;
  signal_group(order.signal);
  signal_group(SIGCONT);  // a stopped process would not see the other one
  // Where many are told to end, those that still run go before what is left to do for the others.
  if (first) {
    [[maybe_unused]] int level = nice(10);
  }
}

// Once the leader is reaped its number may be another group's: then only its own descendants are
// signalled.
void Shim::signal_group(int number) {
  if (number <= 0 || number > 64) return;
  if (!leader_gone_) {
    if (adopted_ && leader_fd_ >= 0 && pidfd_signal(leader_fd_, 0) != 0) return;
    kill(-child_, number);
    return;
  }
  TreeQuery query = tree();
  if (phase_ == Phase::running) query.group = child_;
  signal_tree(query, number);
}

void Shim::kill_everything() {
  bool first = phase_ != Phase::killing;
  phase_ = Phase::killing;
  stop_at_ = never;
  if (!children_ && leader_gone_) return;
  if (!leader_gone_) signal_group(SIGKILL);
  // The death of the leader brings the next call, and a walk over /proc only if anything is left
  // then.
  if (leader_gone_ || !first || adopted_) {
    int living = signal_tree(tree(), SIGKILL);
    if (adopted_ && leader_gone_ && living == 0) children_ = false;
  }
  stop_at_ = monotonic_ms() + rescan_ms;
}

void Shim::write_exit() {
  ending_.leftovers = children_;
  ending_.log_blocked = log_.blocked();
  int error = write_ending(ending_, paths_.exit_temporary, paths_.exit_file);
  // Folders that were removed have nobody who waits for the file.
  exit_written_ = error == 0 || error == ENOENT;
  exit_retry_at_ = exit_written_ ? never : monotonic_ms() + exit_retry_ms;
}

void Shim::clean_up() {
  for (const char* path : {paths_.stream[0], paths_.stream[1], paths_.in, paths_.journal}) {
    if (path != nullptr) unlink(path);
  }
}

}  // namespace consort::shim
