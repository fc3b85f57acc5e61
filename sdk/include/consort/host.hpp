// SPDX-License-Identifier: Apache-2.0
// Part of <consort/runtime.hpp>: the host and its reactor, as C++.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <consort/runtime.h>
#include <consort/values.hpp>

namespace consort {

// The core, as a runtime sees it. Cheap to copy. Any thread.
class Host {
 public:
  explicit Host(const consort_host* host)
      : host_(host), health_told_(std::make_shared<std::atomic<bool>>(false)) {}

  void exited(std::string_view instance, const Exit& exit) const {
    const consort_exit raw = exit.raw();
    host_->exited(host_, std::string(instance).c_str(), &raw);
  }
  void progress(std::string_view instance, std::string_view message) const {
    const std::string json = "{\"message\":" + json_quote(message) + "}";
    host_->event(host_, std::string(instance).c_str(), json.c_str());
  }
  // Whether the backend can be used. Once init has returned without a word, it can.
  void health(consort_status status, std::string_view message = {}) const {
    health_told_->store(true);
    host_->health(host_, status, std::string(message).c_str());
  }
  // The health of an instance that the runtime checks itself. False: the host does not take it.
  bool instance_health(std::string_view instance, consort_health health,
                       std::string_view message = {}) const {
    const auto* table = extension<consort_health_host_v1>(CONSORT_EXT_HEALTH);
    if (table == nullptr) return false;
    table->report(host_, std::string(instance).c_str(), health, std::string(message).c_str());
    return true;
  }
  // Asks the person, by the command that waits; the answer comes to Runtime::answered. See
  // consort_prompt_host_v1.ask. False: the host cannot ask, and no answer comes.
  bool ask(std::uint64_t prompt, consort_prompt_kind kind, std::string_view instance,
           std::string_view message) const {
    const auto* table = extension<consort_prompt_host_v1>(CONSORT_EXT_PROMPT);
    if (table == nullptr) return false;
    table->ask(host_, prompt, kind, std::string(instance).c_str(), std::string(message).c_str());
    return true;
  }
  void cancel_prompt(std::uint64_t prompt) const {
    const auto* table = extension<consort_prompt_host_v1>(CONSORT_EXT_PROMPT);
    if (table != nullptr) table->cancel(host_, prompt);
  }
  // Whether `instance` can be asked for now, where one backend of several came or went. False: the
  // host does not take it.
  bool instance_reach(std::string_view instance, consort_status status,
                      std::string_view message = {}) const {
    const auto* table = extension<consort_reach_host_v1>(CONSORT_EXT_REACH);
    if (table == nullptr) return false;
    table->report(host_, std::string(instance).c_str(), status, std::string(message).c_str());
    return true;
  }
  // Whether an instance is halted, by whoever's hand. False: the host does not take it.
  bool instance_paused(std::string_view instance, bool paused) const {
    const auto* table = extension<consort_pause_host_v1>(CONSORT_EXT_PAUSE);
    if (table == nullptr) return false;
    table->report(host_, std::string(instance).c_str(), paused ? 1 : 0);
    return true;
  }
  void log(consort_level level, std::string_view message) const {
    host_->log(host_, level, std::string(message).c_str());
  }
  // A host extension as its C struct, or null.
  template <class Extension>
  const Extension* extension(const char* id) const noexcept {
    return static_cast<const Extension*>(host_->get_extension(host_, id));
  }
  const consort_host* raw() const noexcept { return host_; }
  bool health_told() const noexcept { return health_told_->load(); }

 private:
  const consort_host* host_;
  std::shared_ptr<std::atomic<bool>> health_told_;
};

// File descriptors and timers on the runtime's thread (consort.reactor/1). All calls on it; the
// callbacks run there too, and what they throw is logged. Neither outlives the Reactor.
class Reactor {
 public:
  using Ready = std::function<void(std::uint32_t ready)>;  // CONSORT_READABLE | CONSORT_WRITABLE
  using Expired = std::function<void()>;

  explicit Reactor(Host host)
      : host_(host), reactor_(host.extension<consort_reactor_v1>(CONSORT_EXT_REACTOR)) {}
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor() {
    for (const auto& [fd, watch] : watches_) reactor_->unwatch(host_.raw(), fd);
    for (const auto& [id, timer] : timers_) reactor_->cancel_timer(host_.raw(), id);
  }

  // Calls `ready` as long as any of `events` holds, until unwatch(fd), which must come before
  // close(fd). Watching again changes both. Throws Error if the host cannot watch it.
  void watch(int fd, std::uint32_t events, Ready ready) {
    auto watch = std::make_shared<Watch>(Watch{host_, std::move(ready), {}});
    watch->self = watch;
    const int status = need().watch(host_.raw(), fd, events, &Reactor::on_ready, watch.get());
    if (status != CONSORT_OK) {
      throw Error(static_cast<consort_status>(status),
                  "cannot watch file descriptor " + std::to_string(fd));
    }
    watches_.insert_or_assign(fd, std::move(watch));
  }
  void unwatch(int fd) {
    if (watches_.erase(fd) != 0) reactor_->unwatch(host_.raw(), fd);
  }

  // Calls `expired` once after `delay`. Returns the id for cancel(), never 0.
  std::uint64_t after(std::chrono::milliseconds delay, Expired expired) {
    auto timer = std::make_unique<Timer>(Timer{this, std::move(expired)});
    const auto ms = static_cast<std::uint64_t>(delay.count() < 0 ? 0 : delay.count());
    const std::uint64_t id = need().start_timer(host_.raw(), ms, &Reactor::on_expired, timer.get());
    if (id == 0) throw Error(CONSORT_E_FAILED, "cannot start a timer");
    timers_.emplace(id, std::move(timer));
    return id;
  }
  // An unknown or expired id is fine.
  void cancel(std::uint64_t id) {
    if (timers_.erase(id) != 0) reactor_->cancel_timer(host_.raw(), id);
  }

 private:
  struct Watch {
    Host host;
    Ready ready;
    std::weak_ptr<Watch> self;
  };
  struct Timer {
    Reactor* reactor;
    Expired expired;
  };

  static void on_ready(void* user, int, std::uint32_t ready) noexcept {
    const auto watch = static_cast<Watch*>(user)->self.lock();  // the callback may unwatch
    guarded(watch->host, [&] { watch->ready(ready); });
  }
  static void on_expired(void* user, std::uint64_t id) noexcept {
    Reactor& reactor = *static_cast<Timer*>(user)->reactor;
    const Host host = reactor.host_;
    const auto node = reactor.timers_.extract(id);
    guarded(host, [&] { node.mapped()->expired(); });
  }
  template <class Function>
  static void guarded(Host host, Function&& function) noexcept {
    try {
      try {
        function();
      } catch (const std::exception& e) {
        host.log(CONSORT_LOG_ERROR, std::string("a callback of the reactor threw: ") + e.what());
      } catch (...) {
        host.log(CONSORT_LOG_ERROR, "a callback of the reactor threw");
      }
    } catch (...) {  // no memory left to say so
    }
  }
  const consort_reactor_v1& need() const {
    if (reactor_ == nullptr)
      throw Error(CONSORT_E_UNSUPPORTED, "the host has no consort.reactor/1");
    return *reactor_;
  }

  Host host_;
  const consort_reactor_v1* reactor_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Timer>> timers_;
};

}  // namespace consort
