#include "core/api/frame_channel.h"

#include <array>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace consort::api {

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

FrameChannel::FrameChannel(Socket& socket, std::string_view received)
    : socket_(socket), turn_(socket.get_executor(), asio::steady_timer::time_point::max()) {
  parser_.feed(received);
}

awaitable<std::optional<ReceivedFrame>> FrameChannel::read() {
  std::array<char, 16384> bytes;
  for (;;) {
    auto frame = parser_.next();
    if (!frame) co_return std::nullopt;
    if (*frame) co_return std::move(*frame);
    error_code failed;
    const std::size_t n = co_await socket_.async_read_some(asio::buffer(bytes),
                                                           redirect_error(use_awaitable, failed));
    if (failed) co_return std::nullopt;
    parser_.feed(std::string_view(bytes.data(), n));
  }
}

awaitable<bool> FrameChannel::write(Frame type, std::string_view payload) {
  error_code failed;
  while (writing_) co_await turn_.async_wait(redirect_error(use_awaitable, failed));
  if (gone_) co_return false;
  struct Turn {
    FrameChannel& channel;
    explicit Turn(FrameChannel& c) : channel(c) { channel.writing_ = true; }
    ~Turn() {
      channel.writing_ = false;
      channel.turn_.cancel_one();
    }
  } const turn(*this);
  do {
    const std::string_view part = payload.substr(0, frame_limit);
    payload.remove_prefix(part.size());
    const auto header = frame_header(type, part.size());
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(header), asio::buffer(part)};
    failed = {};
    co_await asio::async_write(socket_, buffers, redirect_error(use_awaitable, failed));
    if (failed) {
      gone_ = true;
      co_return false;
    }
  } while (!payload.empty());
  co_return true;
}

}  // namespace consort::api
