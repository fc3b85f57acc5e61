#pragma once

#include <functional>
#include <map>

#include "core/base/clock.h"
#include "core/engine/ports.h"

namespace consort::fakes {

// A clock that stands still and timers that fire when a test moves it.
class ManualTime final : public base::Clock, public engine::TimerSource {
 public:
  base::SteadyTime steady() const override {
    return base::SteadyTime{} + std::chrono::hours(1) + since_;
  }
  base::WallTime wall() const override {
    return base::WallTime{} + std::chrono::hours(500000) + since_;
  }

  std::uint64_t start(base::Duration delay, std::function<void()> due) override {
    timers_[++last_] = {since_ + delay, std::move(due)};
    return last_;
  }
  void cancel(std::uint64_t timer) override { timers_.erase(timer); }
  double jitter() override { return jitter_; }
  void set_jitter(double jitter) { jitter_ = jitter; }

  // Moves on to the next timer that is due within `limit` of now and fires it. False if there is
  // none: then the time is now + limit.
  bool step(base::Duration& limit) {
    auto next = timers_.end();
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
      if (timer->second.at > since_ + limit) continue;
      if (next == timers_.end() || timer->second.at < next->second.at) next = timer;
    }
    if (next == timers_.end()) {
      since_ += limit;
      return false;
    }
    if (next->second.at > since_) {
      limit -= next->second.at - since_;
      since_ = next->second.at;
    }
    const auto due = std::move(next->second.due);
    timers_.erase(next);
    due();
    return true;
  }
  std::size_t armed() const { return timers_.size(); }

 private:
  struct Timer {
    base::Duration at{};
    std::function<void()> due;
  };
  base::Duration since_{};
  std::map<std::uint64_t, Timer> timers_;
  std::uint64_t last_ = 0;
  double jitter_ = 0.5;
};

}  // namespace consort::fakes
