#pragma once

#include <chrono>
#include <list>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

// Coroutines of a host's one thread. Mind gcc bug 99576: no braced temporary and no closure inside
// an awaiting expression; name it first.
namespace consort::ssh {

namespace asio = boost::asio;
using boost::system::error_code;
template <class T = void>
using Async = asio::awaitable<T>;

inline constexpr std::chrono::milliseconds forever{-1};

// Wakes whoever waits. One thread.
class Signal {
 public:
  explicit Signal(asio::any_io_executor executor)
      : executor_(std::move(executor)), waiting_(std::make_shared<Waiting>()) {}

  void wake() {
    for (asio::steady_timer* timer : *waiting_) timer->cancel();
  }
  // Until the next wake(), or so long.
  Async<void> wait(std::chrono::milliseconds limit = forever) const {
    const auto waiting = waiting_;  // outlives this
    asio::steady_timer timer(executor_);
    if (limit.count() < 0) {
      timer.expires_at(asio::steady_timer::time_point::max());
    } else {
      timer.expires_after(limit);
    }
    const Entry entry(*waiting, timer);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  using Waiting = std::list<asio::steady_timer*>;
  struct Entry {
    Entry(Waiting& list, asio::steady_timer& timer)
        : waiting(list), place(list.insert(list.end(), &timer)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { waiting.erase(place); }
    Waiting& waiting;
    Waiting::iterator place;
  };

  asio::any_io_executor executor_;
  std::shared_ptr<Waiting> waiting_;
};

inline Async<void> pause(asio::any_io_executor executor, std::chrono::milliseconds length) {
  asio::steady_timer timer(executor, length);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace consort::ssh
