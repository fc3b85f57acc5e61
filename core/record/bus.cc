#include "core/record/bus.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <random>
#include <string>
#include <utility>

namespace consort::record {

namespace asio = boost::asio;

namespace {
constexpr std::size_t batch = 256;
}

struct BusState {
  asio::any_io_executor executor;
  const base::Clock* clock = nullptr;
  std::size_t capacity = 0;
  std::uint64_t epoch = 0;
  std::uint64_t last = 0;           // sequence of the newest event
  std::deque<model::Event> events;  // sequences last - size() + 1 .. last
  std::vector<asio::steady_timer*> waiting;
  bool closed = false;

  std::uint64_t before_first() const { return last - events.size(); }
  void wake() {
    for (auto* timer : std::exchange(waiting, {})) timer->cancel();
  }
};

struct Subscription::Impl {
  explicit Impl(std::shared_ptr<BusState> state)
      : bus(std::move(state)), wake(bus->executor, asio::steady_timer::time_point::max()) {}
  ~Impl() { std::erase(bus->waiting, &wake); }

  std::shared_ptr<BusState> bus;
  asio::steady_timer wake;  // never expires; cancelled when there is something to look at
  std::uint64_t at = 0;     // sequence of the last event given
  bool foreign = false;     // the cursor was of another supervisor
  bool finished = false;
};

Subscription::Subscription(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subscription::~Subscription() { finish(); }

asio::awaitable<std::vector<model::Event>> Subscription::next() {
  const std::shared_ptr<Impl> hold = impl_;
  Impl& self = *hold;
  BusState& bus = *self.bus;
  std::vector<model::Event> found;
  for (;;) {
    if (self.foreign || self.at < bus.before_first()) {
      model::Event gap;
      gap.type = "gap";
      gap.at = bus.clock->wall();
      gap.sequence = bus.before_first();
      gap.message = self.foreign ? "events of an earlier supervisor are lost"
                                 : std::to_string(bus.before_first() - self.at) +
                                       " events are lost: this reader was too slow";
      self.at = bus.before_first();
      self.foreign = false;
      found.push_back(std::move(gap));
    }
    while (self.at < bus.last && found.size() < batch) {
      found.push_back(bus.events[self.at - bus.before_first()]);
      ++self.at;
    }
    if (!found.empty() || self.finished || bus.closed) co_return found;
    bus.waiting.push_back(&self.wake);
    boost::system::error_code woken;
    co_await self.wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

void Subscription::finish() {
  impl_->finished = true;
  impl_->wake.cancel();
}

Cursor Subscription::cursor() const { return {impl_->bus->epoch, impl_->at}; }

Bus::Bus(asio::any_io_executor executor, const base::Clock& clock, std::size_t capacity)
    : state_(std::make_shared<BusState>()) {
  std::random_device random;
  state_->executor = std::move(executor);
  state_->clock = &clock;
  state_->capacity = std::max<std::size_t>(capacity, 1);
  state_->epoch = (static_cast<std::uint64_t>(random()) << 32) | random();
}

Bus::~Bus() {
  state_->closed = true;
  state_->wake();
}

void Bus::publish(model::Event event) {
  BusState& bus = *state_;
  event.sequence = ++bus.last;
  if (event.at == model::WallTime{}) event.at = bus.clock->wall();
  if (bus.events.size() == bus.capacity) bus.events.pop_front();
  bus.events.push_back(std::move(event));
  bus.wake();
}

std::uint64_t Bus::epoch() const { return state_->epoch; }
Cursor Bus::last() const { return {state_->epoch, state_->last}; }
Cursor Bus::first() const { return {state_->epoch, state_->before_first()}; }

std::unique_ptr<Subscription> Bus::subscribe(Cursor after) {
  auto impl = std::make_shared<Subscription::Impl>(state_);
  impl->foreign = after.epoch != state_->epoch || after.sequence > state_->last;
  impl->at = impl->foreign ? state_->before_first() : after.sequence;
  return std::unique_ptr<Subscription>(new Subscription(std::move(impl)));
}

}  // namespace consort::record
