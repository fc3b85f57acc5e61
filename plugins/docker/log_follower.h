#pragma once

#include <consort/logs.hpp>

#include <memory>
#include <string>

#include "plugins/docker/engine.h"
#include "plugins/docker/frames.h"
#include "plugins/docker/log_cursor.h"

namespace consort::docker {

// Brings a container's log into the store as it comes, from where the store has it. One connection.
class LogFollower {
 public:
  // `before`: where an earlier instance that the container ran as had got to.
  LogFollower(Host host, Engine& engine, std::string instance, std::string container, bool tty,
              const LogCursor& before);
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;
  ~LogFollower();

  // Asks for the log and takes it to its end, which is the container's. Does not throw: without an
  // engine it ends early.
  Async<void> follow();
  // The store has room again.
  void resume();
  // At its end, all of it stored or the engine gone.
  const Event& ended() const { return ended_; }
  const LogCursor& cursor() const { return cursor_; }

 private:
  bool take(std::string_view bytes);
  bool store_all();
  bool store(const Frames::Frame& frame);
  bool push(consort_stream stream, const LogMessage& message);
  void end_if_done();

  Host host_;
  LogSink sink_;
  Engine& engine_;
  const std::string instance_;
  const std::string container_;
  Frames frames_;
  LogCursor cursor_;
  LogResume resume_;
  std::shared_ptr<Transfer> transfer_;
  std::string waiting_;  // the message that the store had no room for
  consort_stream waiting_stream_ = CONSORT_STDOUT;
  bool full_ = false;
  bool closed_ = false;  // the engine sends no more
  Event ended_;
};

}  // namespace consort::docker
