#pragma once

#include <memory>
#include <random>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/engine/ports.h"

namespace consort::engine {

// The real TimerSource: one Asio timer each, steady clock.
class AsioTimers final : public TimerSource {
 public:
  explicit AsioTimers(boost::asio::any_io_executor executor);
  std::uint64_t start(base::Duration delay, std::function<void()> due) override;
  void cancel(std::uint64_t timer) override;
  double jitter() override;

 private:
  using Table = std::unordered_map<std::uint64_t, std::unique_ptr<boost::asio::steady_timer>>;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Table> timers_ = std::make_shared<Table>();  // outlived by queued handlers
  std::uint64_t last_ = 0;
  std::minstd_rand random_;
};

}  // namespace consort::engine
