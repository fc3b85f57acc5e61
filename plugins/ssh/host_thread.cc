#include "plugins/ssh/host_thread.h"

#include <pthread.h>
#include <signal.h>

namespace consort::ssh {
namespace {

// How long an end may take: a few packets, unless an agent blocks.
constexpr std::chrono::seconds patience(1);

}  // namespace

HostThread::HostThread(const MakePlace& make)
    : work_(context_.get_executor()), place_(make(context_.get_executor())) {
  // Signals are the program's, not this thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    context_.run();
    ended_.set_value();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HostThread::~HostThread() {
  asio::post(context_, [this] {
    place_->close();
    work_.reset();
  });
  if (ended_.get_future().wait_for(patience) != std::future_status::ready) context_.stop();
  thread_.join();
  place_.reset();
}

}  // namespace consort::ssh
