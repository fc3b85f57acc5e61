#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace consort::runtime {

// File descriptors and timers of one plugin on its thread's io_context; the host's half of
// consort.reactor/1. Everything runs on that thread, construction and clear() aside.
// Level-triggered, by an epoll of its own inside the io_context. No callback comes after unwatch,
// cancel_timer or clear has returned.
class Reactor {
 public:
  // bit set as in the ABI: CONSORT_READABLE, CONSORT_WRITABLE. A hang-up or an error is reported as
  // all the events that are watched.
  using Ready = std::function<void(int fd, std::uint32_t ready)>;
  using Expired = std::function<void(std::uint64_t timer)>;

  explicit Reactor(boost::asio::io_context& context);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // 0 or errno (EPERM: a file of a kind that is always ready).
  int watch(int fd, std::uint32_t events, Ready ready);
  void unwatch(int fd);
  std::uint64_t start_timer(std::uint64_t delay_ms, Expired expired);
  void cancel_timer(std::uint64_t timer);
  // Ends all watches and timers, so that the io_context can run out of work.
  void clear();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace consort::runtime
