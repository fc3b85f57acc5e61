#include "core/base/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>

namespace consort::base {

TaskGroup::TaskGroup(asio::any_io_executor executor, Report report)
    : executor_(executor),
      report_(std::move(report)),
      empty_(executor, asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { assert(tasks_.empty()); }

void TaskGroup::spawn(std::string_view name, asio::awaitable<void> task) {
  if (stopping_) return;
  const auto entry = tasks_.emplace(tasks_.end());
  entry->name = name;
  asio::co_spawn(
      executor_, std::move(task),
      asio::bind_cancellation_slot(entry->cancel.slot(), [this, entry](std::exception_ptr error) {
        finished(entry, error);
      }));
}

void TaskGroup::finished(std::list<Task>::iterator task, std::exception_ptr error) {
  const std::string_view name = task->name;
  tasks_.erase(task);
  if (error) {
    bool expected = false;
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      expected = stopping_ && e.code() == asio::error::operation_aborted;
    } catch (...) {
    }
    if (!expected) report_(name, error);
  }
  if (tasks_.empty()) empty_.cancel();
}

void TaskGroup::stop() {
  stopping_ = true;
  for (auto task = tasks_.begin(); task != tasks_.end();) {
    const auto current = task++;  // a cancelled task may end at once
    current->cancel.emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> TaskGroup::join() {
  while (!tasks_.empty()) {
    boost::system::error_code ignored;
    co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace consort::base
