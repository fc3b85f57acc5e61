// SPDX-License-Identifier: Apache-2.0
// Part of <consort/runtime.hpp>: an operation that completes exactly once, whatever happens.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <consort/runtime.h>
#include <consort/values.hpp>

namespace consort {

namespace detail {

// What an Operation and the call that made it share. Lock-free; any thread.
class OperationState {
 public:
  OperationState(const consort_host* host, std::uint64_t id) noexcept : host_(host), id_(id) {}
  std::uint64_t id() const noexcept { return id_; }

  // False: it was complete already, and this changes nothing.
  bool complete(const consort_result& result) noexcept {
    if (phase_.exchange(Phase::done) == Phase::done) return false;
    host_->complete(host_, id_, &result);
    return true;
  }
  bool complete(consort_status status, const char* message) noexcept {
    consort_result result{};
    result.size = sizeof result;
    result.status = status;
    result.message = message;
    return complete(result);
  }

  // The Operation went away. While its handler still runs, that may be because the handler throws:
  // the call then decides, so that the exception is told and not the drop.
  void dropped() noexcept {
    Phase expected = Phase::calling;
    if (phase_.compare_exchange_strong(expected, Phase::dropped)) return;
    if (expected == Phase::open) complete(CONSORT_E_DROPPED, lost);
  }
  void call_returned() noexcept {
    Phase expected = Phase::calling;
    if (phase_.compare_exchange_strong(expected, Phase::open)) return;
    if (expected == Phase::dropped) complete(CONSORT_E_DROPPED, lost);
  }

 private:
  enum class Phase { calling, dropped, open, done };
  static constexpr const char* lost = "the plugin lost the operation without completing it";

  const consort_host* host_;
  std::uint64_t id_;
  std::atomic<Phase> phase_{Phase::calling};
};

}  // namespace detail

// The duty to tell the outcome of one call. Move only; complete it by one of the functions below,
// then it is empty; a second completion does nothing. Dropped without one, it completes with
// CONSORT_E_DROPPED. Any thread, one at a time; not after the runtime is destroyed.
class Operation {
 public:
  Operation() = default;
  explicit Operation(std::shared_ptr<detail::OperationState> state) noexcept
      : state_(std::move(state)) {}
  Operation(Operation&&) noexcept = default;
  Operation& operator=(Operation&& other) noexcept {
    if (this != &other) {
      drop();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Operation() { drop(); }

  explicit operator bool() const noexcept { return state_ != nullptr; }
  // The id that exec_resize() and exec_cancel() name; 0 when empty.
  std::uint64_t id() const noexcept { return state_ ? state_->id() : 0; }

  void ok() { finish(make(CONSORT_OK)); }
  void fail(consort_status status, std::string_view message) {
    const std::string text(message);
    consort_result result = make(status);
    result.message = text.c_str();
    finish(result);
  }

  // start: it runs; `handle` (at most 4096 bytes) is given back to attach. `json`: the
  // ports that it was given and what it runs, see consort_result; "": as the service has them.
  void started(std::string_view handle, std::int64_t pid = 0, std::string_view json = {}) {
    const std::string text(handle), told(json);
    consort_result result = make(CONSORT_OK);
    result.handle = text.c_str();
    result.pid = pid;
    result.json = told.empty() ? nullptr : told.c_str();
    finish(result);
  }

  // attach, inspect.
  void running(std::int64_t pid = 0, std::string_view json = {}) {
    const std::string told(json);
    consort_result result = make(CONSORT_OK);
    result.state = CONSORT_INSTANCE_RUNNING;
    result.pid = pid;
    result.json = told.empty() ? nullptr : told.c_str();
    finish(result);
  }
  void exited(const Exit& exit) {
    const consort_exit raw = exit.raw();
    consort_result result = make(CONSORT_OK);
    result.state = CONSORT_INSTANCE_EXITED;
    result.exit = &raw;
    finish(result);
  }
  void gone() {
    consort_result result = make(CONSORT_OK);
    result.state = CONSORT_INSTANCE_GONE;
    finish(result);
  }

  // exec: the exit code, or 128 + signal.
  void exit_code(int code) {
    consort_result result = make(CONSORT_OK);
    result.exit_code = code;
    finish(result);
  }
  // open_stdin: the host owns the descriptor from here on.
  void descriptor(Fd fd) {
    consort_result result = make(CONSORT_OK);
    result.exit_code = fd.release();
    finish(result);
  }
  // stats, list, validate, fingerprint.
  void json(std::string_view text) {
    const std::string copy(text);
    consort_result result = make(CONSORT_OK);
    result.json = copy.c_str();
    finish(result);
  }

 private:
  static consort_result make(consort_status status) noexcept {
    consort_result result{};
    result.size = sizeof result;
    result.status = status;
    return result;
  }
  void finish(const consort_result& result) noexcept {
    if (const auto state = std::move(state_)) state->complete(result);
  }
  void drop() noexcept {
    if (const auto state = std::move(state_)) state->dropped();
  }

  std::shared_ptr<detail::OperationState> state_;
};

}  // namespace consort
