#pragma once

#include <consort/values.hpp>

#include <string>

#include "plugins/docker/frames.h"
#include "plugins/docker/hijack.h"

namespace consort::docker {

// Passes on what a stream brings to the pipes of its reader, as fast as that takes it.
class OutputPump {
 public:
  // `with_reader`: it is over when the reader has gone, too. Otherwise what comes then is lost.
  OutputPump(Engine& engine, Hijack& stream, bool tty, Fd out, Fd err, bool with_reader);
  OutputPump(const OutputPump&) = delete;
  OutputPump& operator=(const OutputPump&) = delete;
  ~OutputPump();

  void start();
  // There is output that the reader has no room for.
  bool holds() const { return held_for_ != nullptr; }
  // All that came up to the stream's end is passed on: of one without `with_reader` only if it
  // holds something at that end. Whoever waits may destroy the pump.
  const Event& over() const { return over_; }

 private:
  void pass();
  bool write_held();
  void look_after_reader();

  Engine& engine_;
  Hijack& stream_;
  Frames frames_;
  Fd out_, err_;
  const bool with_reader_;
  std::string held_;
  Fd* held_for_ = nullptr;
  Event over_;
};

}  // namespace consort::docker
