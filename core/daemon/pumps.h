#pragma once

#include <functional>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/api/backend.h"
#include "core/base/file.h"

// Between the frames of a client and the descriptors of a command. On the core's thread.
namespace consort::daemon {

namespace asio = boost::asio;

struct Pipe {
  base::Fd read, write;
};
base::Result<Pipe> make_pipe();

// Takes ownership of `fd` and makes it not block.
asio::posix::stream_descriptor own(const asio::any_io_executor& executor, base::Fd fd);

// Writes what a client sends to a command's input, as fast as the command takes it.
class InputPump {
 public:
  explicit InputPump(const asio::any_io_executor& executor);

  // Where to write to; `at_end` is called when all was written and the input has ended. Without a
  // target what is put is dropped.
  void open(base::Fd target, std::function<void()> at_end);
  void put(std::string bytes);
  void end();

  // Completes while there is room for more input.
  asio::awaitable<void> room();
  // Writes; never completes by itself.
  asio::awaitable<void> run();

 private:
  void wake();
  asio::any_io_executor executor_;
  std::optional<asio::posix::stream_descriptor> target_;
  std::function<void()> at_end_;
  std::string queued_;
  bool ended_ = false;
  asio::steady_timer changed_;  // never expires; cancelled with each change
};

// What a client may do to the command that its input goes to.
class InputTarget {
 public:
  virtual ~InputTarget() = default;
  virtual void resize(api::Size size) = 0;
  virtual void signal(std::string name) = 0;
};

// Passes on what the client sends; ends when it has gone.
asio::awaitable<void> serve_input(api::FrameStream& stream, InputPump& input, InputTarget& target);

// Sends what `from` gives as frames of this type, up to its end. Once `done` says true and wakes
// (by cancelling `signal`), only what is there already: something else may hold the other end open.
asio::awaitable<void> pump_output(asio::posix::stream_descriptor& from, api::FrameStream& stream,
                                  api::Frame type, const std::function<bool()>& done,
                                  asio::steady_timer& signal);

asio::awaitable<void> write_error(api::FrameStream& stream, base::Error error);

}  // namespace consort::daemon
