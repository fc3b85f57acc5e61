#pragma once

#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/api/backend.h"

namespace consort::api {

// Frames over a socket that it borrows. `received`: bytes read from it before.
class FrameChannel final : public FrameStream {
 public:
  using Socket = asio::local::stream_protocol::socket;

  FrameChannel(Socket& socket, std::string_view received);

  asio::awaitable<std::optional<ReceivedFrame>> read() override;
  asio::awaitable<bool> write(Frame type, std::string_view payload) override;

 private:
  Socket& socket_;
  FrameParser parser_;
  asio::steady_timer turn_;  // never expires; cancelled once per finished write
  bool writing_ = false;
  bool gone_ = false;
};

}  // namespace consort::api
