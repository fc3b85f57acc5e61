#include "shim.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>

#include "sys.h"

namespace consort::shim {

int Shim::run(const char* directory, Action action, const Caller& caller) {
  caller_ = caller;
  reply_.op = caller.op;
  reply_.shim_pid = getpid();
  adopted_ = action == Action::adopt;
  setpgid(0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  bool running = read_instance(directory) && (adopted_ ? adopt() : start());
  if (!running) return give_up();
  send_reply();
  lower_oom_score();
  stay_behind();
  loop();
  clean_up();
  return 0;
}

// Whoever wakes a shim, a service that writes or the supervisor with its orders to many, goes on
// first.
void Shim::stay_behind() {
  sched_param none{};
  if (sched_getscheduler(0) == SCHED_OTHER) sched_setscheduler(0, SCHED_BATCH, &none);
}

void Shim::send_reply() {
  reply_due_ = false;
  if (caller_.socket >= 0) {
    ssize_t n = send(caller_.socket, &reply_, sizeof reply_, MSG_DONTWAIT | MSG_NOSIGNAL);
    // A caller that does not read yet keeps nothing else waiting.
    reply_due_ = n < 0 && (errno == EAGAIN || errno == ENOBUFS);
  }
  if (reply_due_) return;
  if (caller_.socket >= 0) close(caller_.socket);
  if (caller_.lock >= 0) close(caller_.lock);
  caller_.socket = caller_.lock = -1;
}

void Shim::loop() {
  reap();
  while (!finished()) wait(next_deadline());
}

std::uint64_t Shim::next_deadline() const {
  std::uint64_t next = stop_at_;
  for (std::uint64_t at : {exit_retry_at_, trim_at_, leader_retry_at_})
    next = at < next ? at : next;
  if (log_.blocked() && log_.retry_at() < next) next = log_.retry_at();
  return next;
}

void Shim::add_poll(int fd, short events, Wake wake) {
  if (fd < 0) return;
  polls_[poll_count_] = {fd, events, 0};
  wakes_[poll_count_++] = wake;
}

void Shim::wait(std::uint64_t timeout_at) {
  poll_count_ = 0;
  add_poll(signals_, POLLIN, Wake::signal);
  if (!log_.blocked() && !spec_.exec_mode) {
    for (int i = 0; i < 2; ++i) {
      if (!source_[i].hung_up) add_poll(source_[i].fd, POLLIN, i == 0 ? Wake::out : Wake::err);
    }
  }
  add_poll(feed_.reading(), POLLIN, Wake::feed_in);
  add_poll(feed_.writing(), POLLOUT, Wake::feed_out);
  add_poll(show_.reading(), POLLIN, Wake::show_in);
  add_poll(show_.writing(), POLLOUT, Wake::show_out);
  if (reply_due_) add_poll(caller_.socket, POLLOUT, Wake::reply);
  if (!leader_gone_ && leader_retry_at_ == never) add_poll(leader_fd_, POLLIN, Wake::leader);

  int timeout = -1;
  if (timeout_at != never) {
    std::uint64_t now = monotonic_ms();
    std::uint64_t left = timeout_at > now ? timeout_at - now : 0;
    timeout = left > 1000000 ? 1000000 : static_cast<int>(left);
  }
  int count = poll(polls_, static_cast<nfds_t>(poll_count_), timeout);
  if (timeout >= 0) on_time();
  if (count <= 0) return;
  // Output before the signals: what the leader wrote before it died is read anyway, and one read is
  // saved.
  for (int i = 1; i < poll_count_; ++i) {
    if (polls_[i].revents != 0) woken(wakes_[i], polls_[i].revents);
  }
  if (polls_[0].revents != 0) woken(wakes_[0], polls_[0].revents);
}

void Shim::on_time() {
  std::uint64_t now = monotonic_ms();
  if (now >= trim_at_ && log_.empty()) {
    trim_at_ = never;
    journal_.trim();
    log_.reload();
    log_.trim();
  }
  if (log_.blocked() && now >= log_.retry_at()) retry_log();
  if (now >= exit_retry_at_) write_exit();
  if (now >= stop_at_) kill_everything();
  if (now >= leader_retry_at_) reap_adopted();
}

void Shim::woken(Wake wake, short events) {
  switch (wake) {
    case Wake::signal:
      return take_signals();
    case Wake::out:
    case Wake::err: {
      int stream = wake == Wake::out ? 0 : 1;
      if (!read_source(stream) && (events & (POLLHUP | POLLERR)) != 0 && !log_.blocked()) {
        source_[stream].hung_up = true;
        finish_stream(stream);
      }
      return;
    }
    case Wake::feed_in:
      feed_.read_some();
      if (feed_.ended()) feed_.send_eof();
      return;
    case Wake::feed_out:
      feed_.write_some();
      if (end_input_ && feed_.send_eof()) end_input_ = false;
      return;
    case Wake::show_in:
      return show_.read_some();
    case Wake::show_out:
      return show_.write_some();
    case Wake::reply:
      return send_reply();
    case Wake::leader:
      return reap_adopted();
  }
}

void Shim::take_signals() {
  signalfd_siginfo info[4];
  ssize_t n = read(signals_, info, sizeof info);
  for (ssize_t i = 0; i < n / static_cast<ssize_t>(sizeof *info); ++i) {
    switch (info[i].ssi_signo) {
      case SIGTERM:
      case SIGINT:
        stop({spec_.stop_signal, spec_.grace_ms});
        break;
      case control_stop:
        stop(unpack_stop(info[i].ssi_ptr));
        break;
      case control_signal:
        signal_group(static_cast<int>(info[i].ssi_ptr & 0xff));
        break;
      case control_resize:
        if (master_ >= 0) resize_tty(master_, unpack_size(info[i].ssi_ptr));
        break;
      case control_close_stdin:
        if (spec_.tty) {
          end_input_ = !feed_.send_eof();
        } else if (spec_.input == Stdin::closable && input_ >= 0) {
          close(input_);
          input_ = -1;
        }
        break;
      default:
        break;
    }
  }
  reap();
}

// The exit file comes as soon as what the leader wrote is in the log; the shim stays for what is
// left of the tree.
bool Shim::finished() {
  if (!leader_gone_) return false;
  if (!exit_written_ && exit_retry_at_ == never) {
    drain();
    if (spec_.exec_mode && spec_.tty && !show_drained()) return false;
    if (!children_) finish_streams();
    write_exit();
  }
  if (children_ || !exit_written_ || reply_due_) return false;
  drain();
  finish_streams();
  return !log_.blocked() || log_.removed();
}

}  // namespace consort::shim
