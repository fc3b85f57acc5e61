// SPDX-License-Identifier: Apache-2.0
// Part of <consort/runtime.hpp>: what the handlers of a runtime are given and may throw.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <consort/runtime.h>

namespace consort {

// Thrown by a handler to end its operation with this status and text; any other exception ends it
// with CONSORT_E_EXCEPTION and what().
class Error : public std::runtime_error {
 public:
  Error(consort_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  consort_status status() const noexcept { return status_; }

 private:
  consort_status status_;
};

// Owns a file descriptor. Move only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// A view of a list that ends with NULL; raw() is that list, as execve takes it.
class Strings {
 public:
  Strings() = default;
  explicit Strings(const char* const* list) noexcept : list_(list) {
    while (list_ != nullptr && list_[size_] != nullptr) ++size_;
  }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view operator[](std::size_t i) const noexcept { return list_[i]; }
  const char* const* begin() const noexcept { return list_; }
  const char* const* end() const noexcept { return list_ + size_; }
  char* const* raw() const noexcept { return const_cast<char* const*>(list_); }

 private:
  const char* const* list_ = nullptr;
  std::size_t size_ = 0;
};

// One instance to run; see consort_task. Every view is good for the call only: copy what you keep.
struct Task {
  explicit Task(const consort_task& task)
      : instance(task.instance),
        project(task.project),
        service(task.service),
        index(task.index),
        instance_dir(task.instance_dir),
        working_dir(task.working_dir),
        argv(task.argv),
        env(task.env),
        stop_signal(task.stop_signal != nullptr ? task.stop_signal : ""),
        stop_grace(task.stop_grace_ms),
        stdin_open(task.stdin_open != 0),
        tty(task.tty != 0),
        service_json(task.service_json),
        fresh(CONSORT_HAS(consort_task, &task, flags) && (task.flags & CONSORT_TASK_FRESH) != 0),
        one_off(CONSORT_HAS(consort_task, &task, flags) &&
                (task.flags & CONSORT_TASK_ONE_OFF) != 0) {}

  std::string_view instance, project, service;
  std::uint32_t index;
  std::string_view instance_dir, working_dir;
  Strings argv, env;
  std::string_view stop_signal;  // "": the runtime's default
  std::chrono::milliseconds stop_grace;
  bool stdin_open, tty;
  std::string_view service_json;
  bool fresh;    // nothing of an earlier instance is used again
  bool one_off;  // of `run`
};

// A command to run inside an instance; see consort_exec. The descriptors are the handler's: they
// close when this is dropped. The views are good for the call only.
struct Exec {
  explicit Exec(const consort_exec& exec) noexcept
      : tty(exec.tty != 0),
        rows(exec.rows),
        columns(exec.columns),
        argv(exec.argv),
        env(exec.env),
        working_dir(exec.working_dir),
        user(exec.user),
        in(exec.in_fd),
        out(exec.out_fd),
        err(exec.err_fd),
        timeout(exec.timeout_ms),
        privileged(exec.size > offsetof(consort_exec, privileged) && exec.privileged != 0) {}

  bool tty;
  std::uint16_t rows, columns;
  Strings argv, env;
  std::string_view working_dir, user;  // "": the service's
  Fd in, out, err;
  std::chrono::milliseconds timeout;  // 0: none
  bool privileged;
};

// How an instance ended; see consort_exit.
struct Exit {
  bool known = false;
  int code = 0;
  int signal = 0;
  bool oom = false;
  bool leftovers = false;
  std::int64_t at_ns = 0;  // 0: now
  std::string cause;

  static Exit with_code(int code) { return {.known = true, .code = code, .cause = {}}; }
  static Exit by_signal(int signal) { return {.known = true, .signal = signal, .cause = {}}; }
  static Exit unknown(std::string cause) { return {.cause = std::move(cause)}; }

  // Borrows `cause`.
  consort_exit raw() const noexcept {
    consort_exit exit{};
    exit.size = sizeof exit;
    exit.known = known;
    exit.code = code;
    exit.signal = signal;
    exit.oom = oom;
    exit.leftovers = leftovers;
    exit.at_ns = at_ns;
    exit.cause = cause.empty() ? nullptr : cause.c_str();
    return exit;
  }
};

// `text` as a JSON string, quotes included: for the answers that are JSON.
inline std::string json_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace consort
