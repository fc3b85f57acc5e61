#include "core/cli/frame_session.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <boost/json/parse.hpp>

#include "core/cli/interrupts.h"
#include "core/cli/raw_mode.h"

namespace consort::cli {
namespace {

using api::Frame;
using base::Error;
using base::ErrorKind;
using base::Result;

// Standard input is not read while this much waits for the supervisor to take it.
constexpr std::size_t much_waits = 256 * 1024;

// As many are passed on in vain before the person is let go.
constexpr int patience = 2;
constexpr char ctrl_c = '\x03';

class Pump {
 public:
  Pump(int connection, const FrameSession& session)
      : connection_(connection),
        in_(session.in),
        out_(session.out),
        reads_stdin_(session.stdin_open),
        tty_(session.tty),
        pass_signals_(session.pass_signals),
        detach_keys_(session.detach_keys) {}

  Result<int> run();

 private:
  void queue(Frame type, std::string_view payload);
  Result<void> send_some();
  void read_stdin();
  Result<bool> receive();
  void signalled();
  bool detached() const { return detach_keys_ && detach_keys_->pressed(); }
  bool given_up() const { return interrupts_ >= patience || terminations_ >= patience; }

  int connection_;
  int in_, out_;
  bool reads_stdin_;
  bool tty_;
  bool pass_signals_;
  std::optional<DetachKeys> detach_keys_;
  std::string waiting_;  // frames that the supervisor has not taken yet
  api::FrameParser parser_;
  // A command may live through many an interrupt, and shows that by what it writes; one on a
  // terminal echoes the key, so there it is a key like any other once anything has come.
  bool answered_ = false;
  int interrupts_ = 0;  // since anything came
  int terminations_ = 0;
  Interrupts signals_{SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  std::optional<Result<int>> end_;
};

void Pump::queue(Frame type, std::string_view payload) {
  for (const auto byte : api::frame_header(type, payload.size())) {
    waiting_ += static_cast<char>(byte);
  }
  waiting_ += payload;
}

Result<void> Pump::send_some() {
  while (!waiting_.empty()) {
    const ssize_t n =
        ::send(connection_, waiting_.data(), waiting_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      waiting_.erase(0, static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
    if (errno == EPIPE || errno == ECONNRESET) {  // what it sent before it left is still to be read
      waiting_.clear();
      reads_stdin_ = false;
      return {};
    }
    return base::system_error("send to", "the supervisor", errno);
  }
  return {};
}

void Pump::read_stdin() {
  char bytes[32 * 1024];
  const ssize_t n = ::read(in_, bytes, sizeof bytes);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n > 0) {
    if (tty_ && !answered_) interrupts_ += static_cast<int>(std::count(bytes, bytes + n, ctrl_c));
    std::string_view typed(bytes, static_cast<std::size_t>(n));
    std::string passed;
    if (detach_keys_) typed = passed = detach_keys_->pass(typed);
    if (!typed.empty()) queue(Frame::stdin_data, typed);
    return;
  }
  queue(Frame::stdin_end, {});
  reads_stdin_ = false;
}

// False at the end of the connection.
Result<bool> Pump::receive() {
  const auto more = api::receive_into(connection_, parser_);
  if (!more) return more.error();
  for (;;) {
    auto frame = parser_.next();
    if (!frame) return frame.error();
    if (!*frame) return *more;
    answered_ = true;
    interrupts_ = 0;
    const std::string& payload = (*frame)->payload;
    switch ((*frame)->type) {
      case Frame::stdout_data:
        (void)base::write_all(out_, payload);
        break;
      case Frame::stderr_data:
        (void)base::write_all(2, payload);
        break;
      case Frame::exit: {
        const auto code = api::decode_exit(payload);
        end_ = code ? Result<int>(*code) : Result<int>(Error("cannot read the exit code"));
        return false;
      }
      case Frame::error: {
        boost::system::error_code failed;
        const auto reply = api::error_from_json(boost::json::parse(payload, failed));
        end_ = !failed && reply ? Result<int>(api::to_error(*reply)) : Result<int>(Error(payload));
        return false;
      }
      default:
        break;  // of a newer supervisor
    }
  }
}

void Pump::signalled() {
  while (const int signal = signals_.take()) {
    if (signal == SIGWINCH) {
      if (tty_) queue(Frame::resize, api::encode_size(terminal_size(0)));
      continue;
    }
    if (!pass_signals_) {
      end_ = Error(ErrorKind::cancelled, "interrupted: the service goes on");
      return;
    }
    ++(signal == SIGINT ? interrupts_ : terminations_);
    queue(Frame::signal, "SIG" + std::string(::sigabbrev_np(signal)));
  }
}

Result<int> Pump::run() {
  if (!reads_stdin_) queue(Frame::stdin_end, {});
  // It may have changed between the request and the moment from which changes are noticed.
  if (tty_) queue(Frame::resize, api::encode_size(terminal_size(0)));
  for (;;) {
    if (auto sent = send_some(); !sent) return sent.error();
    const bool room = reads_stdin_ && waiting_.size() < much_waits;
    pollfd watched[3] = {
        {connection_, static_cast<short>(waiting_.empty() ? POLLIN : POLLIN | POLLOUT), 0},
        {signals_.fd(), POLLIN, 0},
        {room ? in_ : -1, POLLIN, 0}};
    if (::poll(watched, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return base::system_error("wait for", "the supervisor", errno);
    }
    if (watched[1].revents != 0) signalled();
    if (end_) return std::move(*end_);
    if (watched[2].revents != 0 && !detached()) read_stdin();
    if (detached() && waiting_.empty()) {
      (void)base::write_all(2, "\r\ndetached: the service goes on\r\n");
      return 0;
    }
    if (given_up()) {
      return Error(ErrorKind::cancelled,
                   "interrupted before the command ended: it was told so, "
                   "and did not answer");
    }
    if ((watched[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    const auto more = receive();
    if (!more) return more.error();
    if (end_) return std::move(*end_);
    if (!*more) {
      return Error(ErrorKind::unavailable,
                   "cannot learn how the command ended: the supervisor closed the connection");
    }
  }
}

}  // namespace

api::Size terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

Result<int> FrameSession::run(const base::Fd& connection) const {
  std::optional<RawMode> raw;
  if (tty) raw.emplace(0);
  Pump pump(connection.get(), *this);
  return pump.run();
}

}  // namespace consort::cli
