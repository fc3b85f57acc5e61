#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "plugins/ssh/place.h"

namespace consort::ssh {

// A host with a thread of its own, since an agent may block it. The runtime's thread gives it work;
// the work runs and completes there.
class HostThread {
 public:
  using MakePlace = std::function<std::shared_ptr<Place>(asio::any_io_executor)>;
  explicit HostThread(const MakePlace& make);
  HostThread(const HostThread&) = delete;
  HostThread& operator=(const HostThread&) = delete;
  // Ends the connection and the thread, not what runs on the host.
  ~HostThread();

  // Runs work(place) there; it must not throw.
  template <class Work>
  void post(Work work) {
    asio::post(context_, [place = place_, work = std::move(work)]() mutable { work(*place); });
  }
  // Runs the coroutine work(place) there.
  template <class Work>
  void spawn(Work work) {
    asio::co_spawn(context_, run(place_, std::move(work)), asio::detached);
  }

 private:
  template <class Work>
  static Async<void> run(std::shared_ptr<Place> place, Work work) {
    co_await work(*place);
  }

  asio::io_context context_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::shared_ptr<Place> place_;
  std::promise<void> ended_;
  std::thread thread_;
};

}  // namespace consort::ssh
