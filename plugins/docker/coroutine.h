#pragma once

#include <consort/host.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

// Coroutines of the plugin's one thread. Mind gcc bug 99576: no braced temporary and no closure
// inside an awaiting expression; name it first.
namespace consort::docker {

template <class T>
class Async;

namespace detail {

template <class T>
struct Outcome {
  std::variant<std::monostate, T, std::exception_ptr> value;
  template <class Value>
  void return_value(Value&& v) {
    value.template emplace<1>(std::forward<Value>(v));
  }
  T take() {
    if (value.index() == 2) std::rethrow_exception(std::get<2>(value));
    return std::move(std::get<1>(value));
  }
  void fail(std::exception_ptr e) { value.template emplace<2>(std::move(e)); }
};

template <>
struct Outcome<void> {
  std::exception_ptr failure;
  void return_void() noexcept {}
  void take() {
    if (failure) std::rethrow_exception(failure);
  }
  void fail(std::exception_ptr e) { failure = std::move(e); }
};

}  // namespace detail

// A coroutine that runs when it is awaited and gives a T, or throws what it threw. Destroying it
// destroys it where it waits, and all that it awaits.
template <class T = void>
class [[nodiscard]] Async {
 public:
  struct promise_type : detail::Outcome<T> {
    std::coroutine_handle<> continuation;

    Async get_return_object() {
      return Async(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Continue {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
          const auto next = h.promise().continuation;
          return next ? next : std::noop_coroutine();
        }
        void await_resume() noexcept {}
      };
      return Continue{};
    }
    void unhandled_exception() noexcept { this->fail(std::current_exception()); }
  };

  explicit Async(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Async(Async&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Async& operator=(Async&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Async() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

// Something that happens once, for any number of waiters. A copy is the same event.
class Event {
 public:
  explicit Event(Reactor& reactor) : state_(std::make_shared<State>(State{&reactor, false, {}})) {}

  bool is_set() const { return state_->set; }
  // Resumes the waiters, within this call.
  void set() {
    const auto state = state_;  // a waiter may destroy *this
    if (std::exchange(state->set, true)) return;
    while (!state->waiters.empty()) {
      Waiter* waiter = state->waiters.front();
      waiter->leave();
      waiter->handle.resume();
    }
  }

 private:
  struct Waiter;
  struct State {
    Reactor* reactor;
    bool set;
    std::list<Waiter*> waiters;
  };
  struct Waiter {
    explicit Waiter(std::shared_ptr<State> s) : state(std::move(s)) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { leave(); }
    void leave() {
      if (std::exchange(waiting, false)) state->waiters.remove(this);
      if (timer != 0) state->reactor->cancel(std::exchange(timer, 0));
    }
    std::shared_ptr<State> state;
    std::coroutine_handle<> handle;
    std::uint64_t timer = 0;
    bool waiting = false;
  };

  struct Wait {
    Waiter waiter;
    std::chrono::milliseconds limit;  // negative: none

    bool await_ready() const noexcept { return waiter.state->set; }
    void await_suspend(std::coroutine_handle<> handle) {
      waiter.handle = handle;
      waiter.waiting = true;
      waiter.state->waiters.push_back(&waiter);
      if (limit.count() < 0) return;
      waiter.timer = waiter.state->reactor->after(limit, [this] {
        waiter.timer = 0;
        waiter.leave();
        waiter.handle.resume();
      });
    }
    bool await_resume() const noexcept { return waiter.state->set; }
  };

 public:
  // Awaitable; true once set, false after `limit`.
  Wait wait(std::chrono::milliseconds limit = std::chrono::milliseconds(-1)) const {
    return Wait{Waiter(state_), limit};
  }

 private:
  std::shared_ptr<State> state_;
};

// Owns coroutines that nobody awaits. Destroys those that still wait when it goes.
class Scope {
 public:
  explicit Scope(Host host) : host_(host) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    while (!roots_.empty()) {
      const auto handle = roots_.front();
      roots_.pop_front();
      handle.destroy();
    }
  }

  // Runs it now, up to where it first waits. What it throws is logged.
  void spawn(Async<void> work) { run(this, std::move(work)); }

 private:
  struct Root {
    struct promise_type {
      explicit promise_type(Scope* scope, Async<void>&) : scope_(scope) {
        scope_->roots_.push_front(std::coroutine_handle<promise_type>::from_promise(*this));
        place_ = scope_->roots_.begin();
      }
      Root get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept {
        scope_->roots_.erase(place_);
        return {};
      }
      void return_void() noexcept {}
      void unhandled_exception() noexcept {}
      Scope* scope_;
      std::list<std::coroutine_handle<>>::iterator place_;
    };
  };

  static Root run(Scope* scope, Async<void> work) {
    try {
      co_await work;
    } catch (const std::exception& e) {
      scope->host_.log(CONSORT_LOG_ERROR, e.what());
    }
  }

  Host host_;
  std::list<std::coroutine_handle<>> roots_;
};

}  // namespace consort::docker
