#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/api/server.h"

namespace consort::api {

using Socket = asio::local::stream_protocol::socket;

// One that is sent logs or events as they come, or waits.
struct Follower {
  Socket& socket;
  // Since when it has taken nothing of what it is sent; none: nothing waits for it.
  std::optional<std::chrono::steady_clock::time_point> stalled_since;
  bool dropped = false;
};

// What the connections of one server share.
struct Shared {
  Backend& backend;
  Limits limits;
  Server::Log log;
  asio::steady_timer ending_signal;  // never expires; cancelled when `ending` is set
  bool ending = false;
  std::vector<Follower*> followers{};  // each owned by its connection
  std::size_t commands = 0;
  std::size_t operations = 0;
};

// Reads requests from the socket and answers them until the client, or the server, ends.
asio::awaitable<void> serve_connection(Shared& shared, Socket socket);

// The head of an answer: status line and headers with the API's version, up to the empty line.
std::string response_head(int status, std::string_view content_type);

}  // namespace consort::api
