#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "plugins/ssh/session.h"

namespace consort::ssh {

// Does something once it took too long, unless this ends before. One thread.
class Deadline {
 public:
  Deadline(const asio::any_io_executor& executor, std::chrono::milliseconds limit,
           std::function<void()> overdue)
      : timer_(executor, limit), expired_(std::make_shared<bool>(false)) {
    timer_.async_wait([expired = expired_, overdue = std::move(overdue)](error_code stopped) {
      if (stopped) return;
      *expired = true;
      overdue();
    });
  }
  // A host that has not done its part by then is lost: a silent one is noticed nowhere else before
  // its relay is there.
  Deadline(const std::shared_ptr<Session>& session, std::chrono::seconds limit,
           const char* what = "no answer")
      : Deadline(session->executor(), limit, [weak = std::weak_ptr(session), limit, what] {
          const auto late = weak.lock();
          if (late) late->fail(what + (" within " + std::to_string(limit.count())) + " s");
        }) {}
  bool expired() const { return *expired_; }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<bool> expired_;
};

}  // namespace consort::ssh
