#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/api/server.h"

namespace consort::api {

using Socket = asio::local::stream_protocol::socket;

// What the connections of one server share.
struct Shared {
  Backend& backend;
  Limits limits;
  Server::Log log;
  asio::steady_timer ending_signal;  // never expires; cancelled when `ending` is set
  bool ending = false;
  std::size_t streams = 0;
};

// Reads requests from the socket and answers them until the client, or the server, ends.
asio::awaitable<void> serve_connection(Shared& shared, Socket socket);

// The head of an answer: status line and headers with the API's version, up to the empty line.
std::string response_head(int status, std::string_view content_type);

}  // namespace consort::api
