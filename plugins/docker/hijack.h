#pragma once

#include <functional>
#include <memory>
#include <string>

#include "plugins/docker/engine.h"

namespace consort::docker {

// A connection that the engine gave over to a stream: of an exec or an attach. What comes is taken
// by `receive`; what is sent waits until the engine takes it.
class Hijack {
 public:
  using Receive = std::function<void(std::string_view bytes)>;

  explicit Hijack(Engine& engine);
  Hijack(const Hijack&) = delete;
  Hijack& operator=(const Hijack&) = delete;
  ~Hijack();

  // Asks for it by POST; then the stream is open. Throws Error.
  Async<void> open(std::string path, json::value body);
  // Calls `receive` with what comes, from now on.
  void start(Receive receive);
  void pause();
  void resume();

  void send(std::string_view bytes);
  std::size_t unsent() const { return out_.size(); }
  // Called each time all that was sent is taken.
  void on_sent(std::function<void()> sent) { sent_ = std::move(sent); }
  // Called once, when it is closed.
  void on_closed(std::function<void()> closed) { told_closed_ = std::move(closed); }
  // No more is sent: end of file for the other side.
  void finish_sending();

  // The other side has closed it, or it broke.
  const Event& closed() const { return closed_; }

 private:
  void ready(std::uint32_t events);
  void watch();
  void flush();
  void read();
  void close();

  Engine& engine_;
  std::shared_ptr<Transfer> connection_;
  int fd_ = -1;
  std::string out_;
  std::string early_;  // came with the head of the answer
  Receive receive_;
  std::function<void()> sent_;
  std::function<void()> told_closed_;
  bool reading_ = false;
  bool finishing_ = false;
  Event head_;  // the answer's head is there, or will not come
  Event closed_;
};

}  // namespace consort::docker
