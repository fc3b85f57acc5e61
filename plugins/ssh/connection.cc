#include "plugins/ssh/connection.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "plugins/ssh/connect.h"
#include "plugins/ssh/deadline.h"

namespace consort::ssh {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds first_rest{1000};
constexpr milliseconds longest_rest{60000};
constexpr milliseconds default_alive{10000};
// The upload of the shim and its first word take as much as so many steps of connecting.
constexpr int relay_steps = 6;

bool for_a_person(consort_status status) {
  return status == CONSORT_E_DENIED || status == CONSORT_E_INVALID;
}

}  // namespace

Connection::Connection(Parts parts)
    : parts_(std::move(parts)), changed_(parts_.executor), hurry_(parts_.executor) {}

Async<std::shared_ptr<Relay>> Connection::relay() {
  const auto self = shared_from_this();
  const std::uint64_t before = tries_;
  while (!relay_) {
    if (closed_) throw Error(CONSORT_E_RETRY, "the runtime is being ended");
    if (tries_ != before || final_) throw Error(status_, problem_);
    if (!trying_) asked_ = true;
    if (!running_) {
      running_ = true;
      asio::co_spawn(parts_.executor, run(self), asio::detached);
    }
    hurry_.wake();
    // What is spawned runs at once up to where it waits, which may be its end.
    if (!relay_ && !closed_ && tries_ == before) co_await changed_.wait();
  }
  co_return relay_;
}

void Connection::keep(bool wanted) {
  kept_ = wanted;
  if (!kept_) return hurry_.wake();
  if (running_ || closed_) return;
  running_ = true;
  asio::co_spawn(parts_.executor, run(shared_from_this()), asio::detached);
}

void Connection::retry() {
  if (relay_ || trying_) return;
  final_ = false;
  problem_.clear();
  hurry_.wake();
}

Error Connection::error() const {
  if (problem_.empty()) return Error(CONSORT_E_RETRY, "its host is being asked for");
  return Error(final_ ? status_ : CONSORT_E_RETRY, problem_);
}

void Connection::close() {
  closed_ = true;
  if (relay_) relay_->session().fail("it is closed");
  hurry_.wake();
  changed_.wake();
}

// Tries, waits for the end, rests, and again: until nobody needs it.
Async<void> Connection::run(std::shared_ptr<Connection> self) {
  while (!self->closed_ && (self->kept_ || self->asked_)) {
    self->asked_ = false;
    co_await self->attempt();
    if (self->relay_) {
      const auto session = self->relay_->session().shared_from_this();
      co_await session->ended();
      self->problem_ = "cannot reach " + session->host() + ": " + session->failure().value_or("");
      self->status_ = CONSORT_E_RETRY;
      self->relay_.reset();
      if (!self->closed_) self->parts_.left(self->problem_);
    }
    if (self->closed_ || self->asked_ || !self->kept_) continue;
    if (self->final_) {
      co_await self->hurry_.wait();
    } else {
      co_await self->rest();
    }
  }
  self->running_ = false;
}

Async<void> Connection::attempt() {
  trying_ = true;
  final_ = false;
  problem_.clear();
  try {
    const Target target = parts_.target();
    const auto session = co_await connect(parts_.executor, target, *parts_.prompts);
    const auto alive =
        target.alive_interval.count() > 0 ? milliseconds(target.alive_interval) : default_alive;
    std::exception_ptr failed;
    try {
      const Deadline deadline(session, relay_steps * target.timeout(),
                              "its shell has not started the shim");
      Bootstrapped started = co_await start_relay(session, *parts_.shim);
      relay_ = co_await Relay::meet(std::move(started), alive, std::max(1, target.alive_count_max));
    } catch (const Error&) {
      failed = std::current_exception();
    }
    if (failed) {
      session->fail("it is closed");
      std::rethrow_exception(failed);
    }
    failures_ = 0;
  } catch (const Error& e) {
    problem_ = e.what();
    status_ = e.status();
  } catch (const std::exception& e) {
    problem_ = e.what();
    status_ = CONSORT_E_FAILED;
  }
  ++tries_;
  trying_ = false;
  final_ = !relay_ && for_a_person(status_);
  if (!relay_) ++failures_;
  if (closed_ && relay_) relay_->session().fail("it is closed");
  if (!closed_) relay_ ? parts_.came() : parts_.left(problem_);
  changed_.wake();
}

// Anywhere between nothing and twice as much each time, so that many do not come back at once.
Async<void> Connection::rest() {
  const auto most = std::min(longest_rest, first_rest * (1 << std::min(failures_, 6u)));
  std::uniform_int_distribution<long> any(50, most.count());
  const milliseconds length(any(random_));
  co_await hurry_.wait(length);
}

}  // namespace consort::ssh
