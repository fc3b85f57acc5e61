#include "core/runtime/inbox.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace consort::runtime {

namespace {

constexpr std::size_t enough = 10000;  // messages waiting

bool may_be_dropped(const Told& message) {
  return std::holds_alternative<told::Progress>(message) ||
         std::holds_alternative<told::Log>(message);
}

}  // namespace

void Inbox::put(Told message) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_ || (queue_.size() >= enough && may_be_dropped(message))) return;
    queue_.push_back(std::move(message));
    if (queue_.size() > 1) return;  // a drain is on its way
    // Under the lock, so that the core cannot go between the look at open_ and the post.
    boost::asio::post(core_, [self = shared_from_this()] { self->drain(); });
  }
}

void Inbox::drain() {
  std::vector<Told> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(queue_);
  }
  for (Told& message : messages) {
    if (!receiver_) return;  // closed by what an earlier message caused
    receiver_(std::move(message));
  }
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  queue_.clear();
  receiver_ = nullptr;
}

}  // namespace consort::runtime
