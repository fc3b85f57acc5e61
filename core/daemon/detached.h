#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/base/result.h"
#include "core/base/task_group.h"

namespace consort::daemon {

namespace asio = boost::asio;

// What an operation that outlives whoever waits for it will have come to.
template <class T>
struct Pending {
  explicit Pending(const asio::any_io_executor& executor)
      : done(executor, asio::steady_timer::time_point::max()) {}

  std::optional<base::Result<T>> result;
  asio::steady_timer done;  // never expires; cancelled when there is a result
};

template <class T>
asio::awaitable<void> complete(std::shared_ptr<Pending<T>> pending,
                               asio::awaitable<base::Result<T>> operation) {
  try {
    pending->result = co_await std::move(operation);
  } catch (const std::exception& e) {
    pending->result = base::Error(std::string("cannot go on: ") + e.what());
  }
  pending->done.cancel();
}

// Starts `operation` in `tasks` and returns at once.
template <class T>
std::shared_ptr<Pending<T>> begin(base::TaskGroup& tasks, std::string_view name,
                                  asio::awaitable<base::Result<T>> operation) {
  auto pending = std::make_shared<Pending<T>>(tasks.executor());
  tasks.spawn(name, complete(pending, std::move(operation)));
  return pending;
}

// Waits for it. Cancelling this gives up the waiting, not the operation.
template <class T>
asio::awaitable<void> settled(std::shared_ptr<Pending<T>> pending) {
  boost::system::error_code ignored;
  while (!pending->result) {
    co_await pending->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// The same, and takes its result.
template <class T>
asio::awaitable<base::Result<T>> outcome_of(std::shared_ptr<Pending<T>> pending) {
  co_await settled(pending);
  co_return std::move(*pending->result);
}

}  // namespace consort::daemon
