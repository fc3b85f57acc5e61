#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace consort::test {

// Runs `task` to its end on `io` and gives its value; fails after a generous deadline.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
  std::optional<T> result;
  std::exception_ptr error;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr failure, T value) {
    error = failure;
    result = std::move(value);
    io.stop();
  });
  io.restart();
  io.run_for(std::chrono::seconds(60));
  if (error) std::rethrow_exception(error);
  if (!result) throw std::runtime_error("the task did not end in time");
  return *std::move(result);
}

}  // namespace consort::test
