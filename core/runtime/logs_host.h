#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include <consort/runtime.h>

#include "core/runtime/line_store.h"

namespace consort::runtime {

// The host's half of consort.logs/1 for one plugin: its lines into the store, and the plugin told
// when a full one takes more. Any thread.
class LogsHost {
 public:
  explicit LogsHost(LineStore& store) : store_(store) {}

  // `stored`: how many are.
  consort_status write(const std::string& instance, std::span<const Line> lines,
                       std::size_t& stored);
  // `stored`: how many bytes are.
  consort_status write_records(const std::string& instance, const Records& records,
                               std::size_t& stored);
  std::string last_cursor(const std::string& instance) {
    return open_ ? store_.last_cursor(instance) : "";
  }

  // No line reaches the store from now on: the plugin is left behind and may outlive it.
  void close() { open_ = false; }
  // The store has room for `instance` again: true if this plugin waits for that.
  bool room(const std::string& instance);

 private:
  // `write(done, count)` stores what comes behind `done`.
  template <class Write>
  consort_status store(const std::string& instance, std::size_t& stored, Write write);

  LineStore& store_;
  std::atomic<bool> open_ = true;
  std::mutex mutex_;
  std::set<std::string> waiting_;  // guarded by mutex_
};

}  // namespace consort::runtime
