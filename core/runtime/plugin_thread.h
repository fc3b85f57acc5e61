#pragma once

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <consort/runtime.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "core/runtime/crash_note.h"
#include "core/runtime/host.h"
#include "core/runtime/inbox.h"
#include "core/runtime/logs_host.h"
#include "core/runtime/reactor.h"

namespace consort::runtime {

// The extensions that a plugin declares and has; null where it has not.
struct PluginExtensions {
  const consort_exec_v1* exec = nullptr;
  const consort_attach_v1* attach = nullptr;
  const consort_signal_v1* signal = nullptr;
  const consort_stats_v1* stats = nullptr;
  const consort_list_v1* list = nullptr;
  const consort_validate_v1* validate = nullptr;
  const consort_fingerprint_v1* fingerprint = nullptr;
  const consort_project_v1* project = nullptr;
  const consort_images_v1* images = nullptr;
  const consort_create_v1* create = nullptr;
  const consort_pause_v1* pause = nullptr;
  const consort_top_v1* top = nullptr;
  const consort_copy_v1* copy = nullptr;
  const consort_logs_source_v1* logs = nullptr;
  const consort_prompt_v1* prompt = nullptr;
  const consort_trust_v1* trust = nullptr;
  const consort_environment_v1* environment = nullptr;
};

// What an operation has done on the plugin's thread.
class PluginCall {
 public:
  virtual ~PluginCall() = default;
  // False: the plugin has no such function.
  virtual bool run(consort_runtime* runtime, const PluginExtensions& extensions,
                   std::uint64_t op) = 0;
};

// A plugin on its own thread: the runtime is made, called and destroyed there. Shared by the core
// and that thread, so that a plugin which never returns can be left behind.
class PluginThread : public std::enable_shared_from_this<PluginThread> {
 public:
  // `crash_note`: see CrashNote.
  PluginThread(std::shared_ptr<Inbox> inbox, LineStore& store, std::string name,
               const std::filesystem::path& crash_note);

  // ---- The core's thread ----
  // Starts the thread; create() and init() run on it and told::Initialized tells how they ended.
  // Throws std::system_error if there can be no more threads.
  void start(const consort_entry* entry, std::string config_json,
             std::vector<std::string> features);
  // Runs call(runtime, extensions) there, after init and all that was posted before. Not run if the
  // runtime could not be made, is given up or is destroyed. The call must not throw.
  template <class Call>
  void post(Call call) {
    boost::asio::post(context_, [self = shared_from_this(), call = std::move(call)]() mutable {
      if (self->runtime_ != nullptr && !self->given_up_) call(self->runtime_, self->extensions_);
    });
  }
  // Nothing that was posted and is not running yet will be run: its outcome has been told.
  void give_up() {
    given_up_ = true;
    logs_.close();
  }
  // Runs destroy() there and ends the thread; told::Destroyed is the last message.
  void finish();
  // Waits for that, at most so long. False: it hangs in the plugin; the thread is left behind.
  bool join(base::Duration patience);

  // ---- Any thread ----
  LogsHost& logs() { return logs_; }
  CrashNote& crash_note() { return crash_note_; }
  Inbox& inbox() { return *inbox_; }

 private:
  void run();
  void create(const consort_entry* entry, const std::string& config,
              const std::vector<std::string>& features);
  void destroy();

  const std::string name_;
  CrashNote crash_note_;
  const std::shared_ptr<Inbox> inbox_;
  boost::asio::io_context context_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  Reactor reactor_{context_};
  LogsHost logs_;
  Host host_;
  consort_runtime* runtime_ = nullptr;  // its thread only
  PluginExtensions extensions_;         // its thread only
  std::atomic<bool> given_up_ = false;
  std::promise<void> ended_;
  std::thread thread_;
};

}  // namespace consort::runtime
