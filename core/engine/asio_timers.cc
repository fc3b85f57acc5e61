#include "core/engine/asio_timers.h"

namespace consort::engine {

AsioTimers::AsioTimers(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), random_(std::random_device{}()) {}

std::uint64_t AsioTimers::start(base::Duration delay, std::function<void()> due) {
  const std::uint64_t id = ++last_;
  auto timer = std::make_unique<boost::asio::steady_timer>(executor_, delay);
  timer->async_wait([table = std::weak_ptr<Table>(timers_), id,
                     due = std::move(due)](const boost::system::error_code& error) {
    const auto timers = table.lock();
    if (error || !timers || timers->erase(id) == 0) return;
    due();
  });
  timers_->emplace(id, std::move(timer));
  return id;
}

void AsioTimers::cancel(std::uint64_t timer) { timers_->erase(timer); }

double AsioTimers::jitter() { return std::uniform_real_distribution<double>(0, 1)(random_); }

}  // namespace consort::engine
