#include "core/runtime/plugin_thread.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "core/runtime/library.h"

namespace consort::runtime {

PluginThread::PluginThread(std::shared_ptr<Inbox> inbox, LineStore& store, std::string name,
                           const std::filesystem::path& crash_note)
    : name_(std::move(name)),
      crash_note_(name_, crash_note),
      inbox_(std::move(inbox)),
      work_(context_.get_executor()),
      logs_(store),
      host_(inbox_, reactor_, logs_) {}

void PluginThread::start(const consort_entry* entry, std::string config_json,
                         std::vector<std::string> features) {
  boost::asio::post(context_, [self = shared_from_this(), entry, config = std::move(config_json),
                               features = std::move(features)] {
    self->crash_note_.owe();
    try {
      self->create(entry, config, features);
    } catch (...) {
      self->inbox_->put(told::Initialized{CONSORT_E_EXCEPTION, "its init threw an exception"});
    }
    self->crash_note_.settle();
  });
  thread_ = std::thread([self = shared_from_this()] { self->run(); });
}

void PluginThread::run() {
  // 15 characters are what the kernel keeps.
  ::pthread_setname_np(::pthread_self(), ("rt-" + name_).substr(0, 15).c_str());
  host_.set_plugin_thread(std::this_thread::get_id());
  crash_note_.watch_this_thread();
  for (;;) {
    try {
      context_.run();
      break;
    } catch (const std::exception& e) {  // a breach of the ABI; what it left undone gets overdue
      inbox_->put(told::Log{CONSORT_LOG_ERROR, std::string("the plugin threw: ") + e.what()});
    } catch (...) {
      inbox_->put(told::Log{CONSORT_LOG_ERROR, "the plugin threw an unknown exception"});
    }
  }
  crash_note_.leave_this_thread();
  inbox_->put(told::Destroyed{});
  ended_.set_value();
}

void PluginThread::create(const consort_entry* entry, const std::string& config,
                          const std::vector<std::string>& features) {
  const auto fail = [&](consort_status status, std::string message) {
    inbox_->put(told::Initialized{status, std::move(message)});
  };
  runtime_ = entry->create(host_.raw());
  if (runtime_ == nullptr) return fail(CONSORT_E_FAILED, "the plugin could not create it");
  if (const auto whole = check_runtime_table(*runtime_); !whole) {
    destroy();
    return fail(CONSORT_E_INVALID, whole.error().message());
  }
  std::array<char, 1024> message{};
  const auto status =
      known_status(runtime_->init(runtime_, config.c_str(), message.data(), message.size()));
  if (status != CONSORT_OK) {
    message.back() = '\0';
    destroy();
    return fail(status, message_text(message.data()));
  }
  const auto extension = [&](const char* id, auto& table) {
    using Table = std::remove_reference_t<decltype(*table)>;
    if (std::find(features.begin(), features.end(), id) == features.end()) return;
    if (runtime_->get_extension != nullptr) {
      table = static_cast<Table*>(runtime_->get_extension(runtime_, id));
    }
    if (table == nullptr) {
      inbox_->put(told::Log{CONSORT_LOG_WARNING,
                            std::string("it declares ") + id + " and gives no table for it"});
    }
  };
  extension(CONSORT_EXT_EXEC, extensions_.exec);
  extension(CONSORT_EXT_ATTACH, extensions_.attach);
  extension(CONSORT_EXT_SIGNAL, extensions_.signal);
  extension(CONSORT_EXT_STATS, extensions_.stats);
  extension(CONSORT_EXT_LIST, extensions_.list);
  extension(CONSORT_EXT_VALIDATE, extensions_.validate);
  extension(CONSORT_EXT_FINGERPRINT, extensions_.fingerprint);
  extension(CONSORT_EXT_PROJECT, extensions_.project);
  extension(CONSORT_EXT_IMAGES, extensions_.images);
  extension(CONSORT_EXT_CREATE, extensions_.create);
  extension(CONSORT_EXT_PAUSE, extensions_.pause);
  extension(CONSORT_EXT_TOP, extensions_.top);
  extension(CONSORT_EXT_COPY, extensions_.copy);
  extension(CONSORT_EXT_LOGS, extensions_.logs);
  extension(CONSORT_EXT_PROMPT, extensions_.prompt);
  extension(CONSORT_EXT_TRUST, extensions_.trust);
  extension(CONSORT_EXT_ENVIRONMENT, extensions_.environment);
  inbox_->put(told::Initialized{CONSORT_OK, {}});
}

void PluginThread::destroy() {
  extensions_ = {};
  consort_runtime* runtime = std::exchange(runtime_, nullptr);
  if (runtime == nullptr || !CONSORT_HAS(consort_runtime, runtime, destroy)) return;
  if (runtime->destroy != nullptr) runtime->destroy(runtime);
}

void PluginThread::finish() {
  boost::asio::post(context_, [self = shared_from_this()] {
    self->work_.reset();
    try {
      self->destroy();
    } catch (...) {
      self->inbox_->put(told::Log{CONSORT_LOG_ERROR, "the plugin's destroy threw an exception"});
    }
    self->reactor_.clear();
  });
}

bool PluginThread::join(base::Duration patience) {
  const bool ended = ended_.get_future().wait_for(patience) == std::future_status::ready;
  if (!ended) give_up();
  ended ? thread_.join() : thread_.detach();
  return ended;
}

}  // namespace consort::runtime
