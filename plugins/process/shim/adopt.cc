// Takes over an instance whose shim was killed. The leader is nobody's child here: it is watched by
// pidfd, and its exit code can only be had where the kernel tells it to those who are not its
// parent; else it is unknown, never 0.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

// Linux 6.15, <linux/pidfd.h>. The code is there once somebody has reaped the process.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroup;
  std::uint32_t ids[11];
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t info_exit = 1 << 3;

bool exit_status(int fd, int& status) {
  PidfdInfo info{};
  info.mask = info_exit;
  if (ioctl(fd, _IOWR(0xff, 11, PidfdInfo), &info) != 0 || (info.mask & info_exit) == 0) {
    return false;
  }
  status = info.exit_code;
  return true;
}

constexpr std::uint64_t reaped_retry_ms = 20;
constexpr std::uint64_t reaped_wait_ms = 2000;
constexpr std::uint64_t leftover_ms = 1000;

}  // namespace

bool Shim::adopt() {
  // Before the record names this shim: from then on a FIFO's bytes outlive the program.
  for (int i = 0; i < 2 && !spec_.exec_mode && !spec_.tty; ++i) {
    source_[i].fd = open(paths_.stream[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  }
  Recorded recorded;
  record_ = adopt_record(recorded, reply_.shim_start);
  if (record_ < 0) return fail(Stage::adopt, errno);
  exit_written_ = access(paths_.exit_file, F_OK) == 0;
  child_ = recorded.child;
  reply_.child_pid = recorded.child;
  reply_.child_start = recorded.child_start;
  if (!open_signals()) return false;

  if (!spec_.exec_mode) {
    bool have_journal = journal_.reopen(paths_.journal) == 0;
    if (!have_journal) {
      int error = journal_.create(paths_.journal);
      if (error != 0) return fail(Stage::adopt, error);
    }
    log_.recover(have_journal);
    if (!log_.blocked()) retry_log();
  }
  bool same_boot = strcmp(recorded.boot_id, boot_id()) == 0;
  if (same_boot && child_ > 1) leader_fd_ = pidfd_open(child_);
  ProcStat stat;
  bool same = leader_fd_ >= 0 && read_stat(child_, stat) && stat.start == recorded.child_start;
  if (!same) {
    if (leader_fd_ >= 0) close(leader_fd_);
    leader_fd_ = -1;
    leader_gone_ = true;
    children_ = same_boot && signal_tree(tree(), 0) > 0;
    if (children_) leader_retry_at_ = monotonic_ms() + leftover_ms;
  }
  return true;
}

void Shim::reap_adopted() {
  std::uint64_t now = monotonic_ms();
  leader_retry_at_ = never;
  if (!leader_gone_) {
    int status = 0;
    bool known = exit_status(leader_fd_, status);
    if (leader_give_up_at_ == never) leader_give_up_at_ = now + reaped_wait_ms;
    pollfd state = {leader_fd_, 0, 0};
    bool reaped = poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
    if (!known && !reaped && now < leader_give_up_at_) {
      leader_retry_at_ = now + reaped_retry_ms;
      return;
    }
    leader_ended(known || exit_status(leader_fd_, status), status);
    reap();
  } else {
    children_ = signal_tree(tree(), 0) > 0;
  }
  if (children_) leader_retry_at_ = now + leftover_ms;
}

}  // namespace consort::shim
