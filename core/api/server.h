#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/api/backend.h"
#include "core/base/clock.h"
#include "core/base/file.h"

namespace consort::api {

struct Limits {
  std::size_t header = 16u << 10;
  std::size_t body = 64u << 20;
  base::Duration request = std::chrono::seconds(10);  // for a whole request to arrive
  std::size_t connections = 256;
  // Answers that last, each kind with places of its own, so that none takes those of another.
  std::size_t followers = 64;   // logs, events, wait
  std::size_t commands = 64;    // exec, run
  std::size_t operations = 64;  // up, down, stop and the like
  // Where no place is left, a follower that has read nothing for so long gives up its own.
  base::Duration stall = std::chrono::seconds(30);
};

// Serves the API to this user and root. On the executor's one thread; each connection is a
// coroutine of its own, so that a slow client stalls nobody else. Wakes for nothing but requests.
class Server {
 public:
  using Log = std::function<void(std::string_view line)>;

  // `listener` listens and does not block (listen_privately). The backend outlives the server.
  Server(asio::any_io_executor executor, Backend& backend, base::Fd listener, Log log,
         Limits limits = {});
  ~Server();  // after close()

  // Accepts until close(). No failure to accept ends it; it waits and goes on.
  void start();

  // Accepts from this one instead, as the constructor's; the connections that are open stay,
  // those too that were not accepted yet.
  void listen_on(base::Fd listener);

  // No more connections or requests; the answers that are endless (logs, events, wait, exec, run)
  // end now, the others go on.
  void end_streams();

  // end_streams(), then waits for the answers that go on, `patience` at most, then cuts the rest.
  asio::awaitable<void> close(base::Duration patience);

  std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace consort::api
