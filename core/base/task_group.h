#pragma once

#include <exception>
#include <functional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

namespace consort::base {

namespace asio = boost::asio;

// Owns coroutines: nothing is ever spawned bare-detached. What a task throws goes to `report`
// (operation_aborted after stop() does not). All calls on the executor's one thread.
class TaskGroup {
 public:
  using Report = std::function<void(std::string_view task, std::exception_ptr)>;

  TaskGroup(asio::any_io_executor executor, Report report);
  ~TaskGroup();  // every task must have ended: stop() and await join() first
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `task` (its arguments must be held by value in its frame). `name` is for reports.
  void spawn(std::string_view name, asio::awaitable<void> task);

  // Asks every task to end (terminal cancellation); later spawns are dropped.
  void stop();

  // Ends when no task is left.
  asio::awaitable<void> join();

  std::size_t size() const { return tasks_.size(); }
  asio::any_io_executor executor() const { return executor_; }

 private:
  struct Task {
    std::string_view name;
    asio::cancellation_signal cancel;
  };
  void finished(std::list<Task>::iterator task, std::exception_ptr error);

  asio::any_io_executor executor_;
  Report report_;
  std::list<Task> tasks_;
  asio::steady_timer empty_;  // never expires; cancelled when the last task ends
  bool stopping_ = false;
};

}  // namespace consort::base
