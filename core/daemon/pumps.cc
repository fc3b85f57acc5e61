#include "core/daemon/pumps.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/serialize.hpp>

namespace consort::daemon {

using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::posix::stream_descriptor;
using base::Fd;
using boost::system::error_code;

// What a client may send ahead of what its command has read.
constexpr std::size_t input_limit = 1u << 20;

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return base::Error(base::ErrorKind::unavailable,
                       std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

stream_descriptor own(const asio::any_io_executor& executor, Fd fd) {
  stream_descriptor made(executor, fd.release());
  error_code ignored;
  made.non_blocking(true, ignored);
  return made;
}

InputPump::InputPump(const asio::any_io_executor& executor)
    : executor_(executor), changed_(executor, asio::steady_timer::time_point::max()) {}

void InputPump::wake() { changed_.cancel(); }

void InputPump::open(Fd target, std::function<void()> at_end) {
  target_.emplace(own(executor_, std::move(target)));
  at_end_ = std::move(at_end);
}

void InputPump::put(std::string bytes) {
  if (!target_ || ended_) return;
  queued_ += bytes;
  wake();
}

void InputPump::end() {
  ended_ = true;
  wake();
}

awaitable<void> InputPump::room() {
  error_code ignored;
  while (queued_.size() >= input_limit) {
    co_await changed_.async_wait(redirect_error(use_awaitable, ignored));
  }
}

awaitable<void> InputPump::run() {
  error_code failed;
  for (;;) {
    if (target_ && !queued_.empty()) {
      const std::string sending = std::exchange(queued_, {});  // put() may grow the other one
      co_await asio::async_write(*target_, asio::buffer(sending),
                                 redirect_error(use_awaitable, failed));
      if (failed) {  // it reads no more
        target_.reset();
        queued_.clear();
      }
      wake();
    } else if (target_ && ended_) {
      target_.reset();
      if (at_end_) at_end_();
    } else {
      co_await changed_.async_wait(redirect_error(use_awaitable, failed));
    }
  }
}

awaitable<void> serve_input(api::FrameStream& stream, InputPump& input, InputTarget& target) {
  for (;;) {
    auto frame = co_await stream.read();
    if (!frame) co_return;
    switch (frame->type) {
      case api::Frame::stdin_data:
        input.put(std::move(frame->payload));
        co_await input.room();
        break;
      case api::Frame::stdin_end:
        input.end();
        break;
      case api::Frame::resize:
        if (const auto size = api::decode_size(frame->payload)) target.resize(*size);
        break;
      case api::Frame::signal:
        target.signal(std::move(frame->payload));
        break;
      default:
        break;
    }
  }
}

awaitable<void> pump_output(stream_descriptor& from, api::FrameStream& stream, api::Frame type,
                            const std::function<bool()>& done, asio::steady_timer& signal) {
  std::array<char, 65536> bytes;
  error_code ignored;
  for (;;) {
    const ssize_t n = ::read(from.native_handle(), bytes.data(), bytes.size());
    if (n > 0) {
      const bool taken =
          co_await stream.write(type, std::string_view(bytes.data(), static_cast<std::size_t>(n)));
      if (!taken) co_return;
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) co_return;
    if (done()) co_return;
    co_await (
        from.async_wait(stream_descriptor::wait_read, redirect_error(use_awaitable, ignored)) ||
        signal.async_wait(redirect_error(use_awaitable, ignored)));
  }
}

awaitable<void> write_error(api::FrameStream& stream, base::Error error) {
  const std::string text = boost::json::serialize(api::to_json(api::to_reply(error)));
  co_await stream.write(api::Frame::error, text);
}

}  // namespace consort::daemon
