#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include <consort/runtime.h>

#include "core/runtime/inbox.h"
#include "core/runtime/logs_host.h"
#include "core/runtime/reactor.h"

namespace consort::runtime {

// The consort_host of one plugin: copies what it is told into the inbox. Must live until the
// plugin's destroy() has returned.
class Host {
 public:
  Host(std::shared_ptr<Inbox> inbox, Reactor& reactor, LogsHost& logs);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const consort_host* raw() const { return &table_; }

  // Called on the plugin's thread before it is called: the reactor may be used on that one only.
  void set_plugin_thread(std::thread::id thread) { thread_ = thread; }

 private:
  struct Functions;

  consort_host table_;
  std::shared_ptr<Inbox> inbox_;
  Reactor& reactor_;
  LogsHost& logs_;
  std::atomic<std::thread::id> thread_;
};

}  // namespace consort::runtime
