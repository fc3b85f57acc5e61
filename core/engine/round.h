#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/engine/supervisor.h"

namespace consort::engine {

// The same thing done to several replicas at once, and what of it failed. Shared by those who do it
// and who waits for them, so that either may go first.
class Round : public std::enable_shared_from_this<Round> {
 public:
  explicit Round(asio::any_io_executor executor)
      : done_(executor, asio::steady_timer::time_point::max()) {}

  // Held by whoever does one part; the round is over when none is left.
  class Part {
   public:
    explicit Part(std::shared_ptr<Round> round) : round_(std::move(round)) { ++round_->open_; }
    Part(Part&& other) noexcept = default;
    Part& operator=(Part&&) = delete;
    ~Part() {
      if (round_ && --round_->open_ == 0) round_->done_.cancel();
    }
    void fail(Failure failure) const { round_->failures_.push_back(std::move(failure)); }

   private:
    std::shared_ptr<Round> round_;
  };
  Part part() { return Part(shared_from_this()); }

  // Completes when it is over: the failures.
  static asio::awaitable<std::vector<Failure>> over(std::shared_ptr<Round> round) {
    while (round->open_ > 0) {
      boost::system::error_code ignored;
      co_await round->done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return std::move(round->failures_);
  }

 private:
  std::size_t open_ = 0;
  std::vector<Failure> failures_;
  asio::steady_timer done_;  // never expires; cancelled when no part is left
};

}  // namespace consort::engine
