#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/base/clock.h"
#include "core/model/event.h"
#include "core/record/cursor.h"

namespace consort::record {

struct BusState;

// One reader of the bus. It may outlive the bus. On the bus's thread.
class Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // The events since the last call, in order, at most 256; waits while there is none. Empty: the
  // end. Where the reader fell behind the ring (or its cursor is of another supervisor), an event
  // of type "gap" stands for what is lost; its sequence is that of the last lost event. One caller.
  boost::asio::awaitable<std::vector<model::Event>> next();

  // next() gives what there is already, then the end.
  void finish();

  // After the last event that next() gave.
  Cursor cursor() const;

 private:
  friend class Bus;
  struct Impl;
  explicit Subscription(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared with a next() under way
};

// The events of one supervisor, the last `capacity` kept in memory. All on the executor's thread.
// A slow reader never holds up the publisher.
class Bus {
 public:
  Bus(boost::asio::any_io_executor executor, const base::Clock& clock, std::size_t capacity = 4096);
  ~Bus();  // ends every subscription

  // Gives the event its sequence, and its time where it has none.
  void publish(model::Event event);

  std::uint64_t epoch() const;
  Cursor last() const;   // after the last event; sequence 0 before the first
  Cursor first() const;  // before the oldest event that is kept

  // Reads from `after` on.
  std::unique_ptr<Subscription> subscribe(Cursor after);

 private:
  std::shared_ptr<BusState> state_;
};

}  // namespace consort::record
