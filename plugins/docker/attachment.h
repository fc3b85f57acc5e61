#pragma once

#include <consort/logs.hpp>

#include <map>
#include <memory>
#include <string>

#include "plugins/docker/frames.h"
#include "plugins/docker/hijack.h"

namespace consort::docker {

// A connection to a container's own stdin and, if it is made before the start, to its output as it
// comes: a log has lines only when they are whole, and a prompt is none.
class Attachment {
 public:
  Attachment(Host host, Engine& engine, std::string instance, std::string container, bool tty);
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment();

  // `output`: it goes to the store from here. Throws Error.
  Async<void> open(bool output);
  // A descriptor to write stdin to; there may be several.
  Fd input();
  void close_input();
  // The store has room again.
  void resume();
  // The connection is at its end; that is also the end of the output.
  const Event& ended() const { return ended_; }

 private:
  void pass_input(int fd);
  void store_output();
  bool store(const Frames::Frame& frame);
  void end_if_done();

  LogSink sink_;
  Engine& engine_;
  const std::string instance_;
  const std::string container_;
  Hijack stream_;
  Frames frames_;
  std::map<int, Fd> inputs_;
  std::string waiting_;  // output that the store had no room for
  consort_stream waiting_stream_ = CONSORT_STDOUT;
  bool full_ = false;
  Event ended_;
};

}  // namespace consort::docker
