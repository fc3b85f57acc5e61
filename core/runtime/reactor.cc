#include "core/runtime/reactor.h"

#include <consort/runtime.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <unordered_map>
#include <utility>

namespace consort::runtime {

namespace asio = boost::asio;
using boost::system::error_code;

struct Reactor::State : std::enable_shared_from_this<State> {
  struct Watch {
    std::uint64_t id = 0;
    std::uint32_t events = 0;
    std::shared_ptr<const Ready> ready;  // shared: a callback may end its own watch
  };
  struct Timer {
    explicit Timer(asio::io_context& context) : timer(context) {}
    asio::steady_timer timer;
    Expired expired;
  };

  explicit State(asio::io_context& c) : context(c), epoll(c) {
    // Failing means out of descriptors; then no watch can be had, and watch() says so.
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd >= 0) epoll.assign(fd);
  }

  // Waits only while something is watched, so that an idle io_context can end.
  void wait() {
    if (waiting || fds.empty()) return;
    waiting = true;
    epoll.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](error_code error) {
                       self->waiting = false;
                       if (error) return self->wait();  // cancelled; perhaps watched again since
                       self->dispatch();
                       self->wait();
                     });
  }

  void dispatch() {
    std::array<epoll_event, 64> ready;
    const int n = ::epoll_wait(epoll.native_handle(), ready.data(), ready.size(), 0);
    for (int i = 0; i < n; ++i) {
      // By id and not by descriptor: an earlier callback may have closed it and opened another.
      const auto fd = ids.find(ready[static_cast<std::size_t>(i)].data.u64);
      if (fd == ids.end()) continue;
      const Watch watch = fds.at(fd->second);
      const std::uint32_t bits = ready[static_cast<std::size_t>(i)].events;
      std::uint32_t events = 0;
      if ((bits & EPOLLIN) != 0) events |= CONSORT_READABLE;
      if ((bits & EPOLLOUT) != 0) events |= CONSORT_WRITABLE;
      if ((bits & (EPOLLHUP | EPOLLERR)) != 0) events |= watch.events;
      (*watch.ready)(fd->second, events & watch.events);
    }
  }

  asio::io_context& context;
  asio::posix::stream_descriptor epoll;
  bool waiting = false;
  std::uint64_t last_id = 0;
  std::unordered_map<int, Watch> fds;
  std::unordered_map<std::uint64_t, int> ids;
  std::unordered_map<std::uint64_t, std::unique_ptr<Timer>> timers;
};

Reactor::Reactor(asio::io_context& context) : state_(std::make_shared<State>(context)) {}

Reactor::~Reactor() { clear(); }

int Reactor::watch(int fd, std::uint32_t events, Ready ready) {
  State& state = *state_;
  if (!state.epoll.is_open()) return EMFILE;
  const auto old = state.fds.find(fd);
  epoll_event event{};
  if ((events & CONSORT_READABLE) != 0) event.events |= EPOLLIN;
  if ((events & CONSORT_WRITABLE) != 0) event.events |= EPOLLOUT;
  event.data.u64 = ++state.last_id;
  const int epoll = state.epoll.native_handle();
  int failed = -1;
  if (old != state.fds.end()) failed = ::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
  // Not watched yet, or closed behind our back and opened anew.
  if (failed != 0) failed = ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  if (failed != 0) return errno;
  if (old != state.fds.end()) state.ids.erase(old->second.id);
  state.fds[fd] = {event.data.u64, events, std::make_shared<const Ready>(std::move(ready))};
  state.ids[event.data.u64] = fd;
  state.wait();
  return 0;
}

void Reactor::unwatch(int fd) {
  const auto it = state_->fds.find(fd);
  if (it == state_->fds.end()) return;
  ::epoll_ctl(state_->epoll.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  state_->ids.erase(it->second.id);
  state_->fds.erase(it);
  if (state_->fds.empty() && state_->waiting) state_->epoll.cancel();
}

std::uint64_t Reactor::start_timer(std::uint64_t delay_ms, Expired expired) {
  constexpr std::uint64_t longest = 1000ull * 60 * 60 * 24 * 365 * 100;
  const std::uint64_t id = ++state_->last_id;
  auto timer = std::make_unique<State::Timer>(state_->context);
  timer->expired = std::move(expired);
  timer->timer.expires_after(std::chrono::milliseconds(std::min(delay_ms, longest)));
  timer->timer.async_wait([state = std::weak_ptr(state_), id](error_code) {
    const auto self = state.lock();
    if (!self) return;
    const auto node = self->timers.extract(id);
    if (node) node.mapped()->expired(id);
  });
  state_->timers.emplace(id, std::move(timer));
  return id;
}

void Reactor::cancel_timer(std::uint64_t timer) { state_->timers.erase(timer); }

void Reactor::clear() {
  state_->timers.clear();
  state_->ids.clear();
  state_->fds.clear();
  error_code ignored;
  state_->epoll.close(ignored);
}

}  // namespace consort::runtime
