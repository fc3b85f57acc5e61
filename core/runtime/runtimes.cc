#include "core/runtime/runtimes.h"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>
#include <utility>

#include "core/base/file.h"
#include "core/runtime/crash_note.h"
#include "core/runtime/library.h"

namespace consort::runtime {

using base::Error;
using base::ErrorKind;

Runtimes::Runtimes(asio::io_context& core, RuntimesOptions options, DriverSink& sink,
                   LineStore& store)
    : core_(core),
      options_(std::move(options)),
      sink_(sink),
      store_(store),
      registry_(Registry::find(options_.search_path, ::geteuid())) {
  store_.set_room_listener([this, executor = core_.get_executor(),
                            alive = std::weak_ptr(alive_)](const std::string& instance) {
    asio::post(executor, [this, alive, instance] {
      if (alive.expired()) return;
      for (const auto& [name, driver] : drivers_) driver->room(instance);
    });
  });
}

Runtimes::~Runtimes() { store_.set_room_listener({}); }

Result<Driver*> Runtimes::use(std::string_view name, const boost::json::object& settings,
                              const model::Location& where) {
  const std::string what = unavailable(name, where);
  const FoundRuntime* found = registry_.lookup(name);
  if (found == nullptr) return registry_.not_installed(name).wrap(what);
  if (const auto it = drivers_.find(found->name); it != drivers_.end()) {
    if (const auto& failure = it->second->failure()) return failure->wrap(what);
    return it->second.get();
  }
  if (const auto it = quarantine_.find(found->name); it != quarantine_.end()) {
    return it->second.wrap(what);
  }
  auto driver = load(*found, settings, what);
  if (!driver) {
    quarantine_.emplace(found->name, driver.error());
    return driver.error().wrap(what);
  }
  return drivers_.emplace(found->name, std::move(*driver)).first->second.get();
}

Result<std::unique_ptr<PluginDriver>> Runtimes::load(const FoundRuntime& found,
                                                     const boost::json::object& settings,
                                                     std::string unavailable) {
  if (found.state == FoundRuntime::State::refused) {
    return Error(ErrorKind::unavailable, found.reason);
  }
  std::filesystem::path note;
  if (!options_.crash_dir.empty()) {
    note = options_.crash_dir / found.name;
    if (auto made = base::ensure_private_directory(options_.crash_dir); !made) return made.error();
    if (const auto crash = take_crash_note(note)) {
      return Error(ErrorKind::unavailable,
                   "it crashed (" + *crash +
                       ") and took the supervisor along, so it is left alone for now; `consort "
                       "supervisor restart` tries it again");
    }
  }
  const auto entry = load_library(found.library, found.manifest);
  if (!entry) return entry.error();
  const auto state_dir = options_.state_dir / found.name;
  const auto runtime_dir = options_.runtime_dir / found.name;
  for (const auto& folder : {state_dir, runtime_dir}) {
    if (auto made = base::ensure_private_directory(folder); !made) return made.error();
  }
  PluginDriver::Setup setup;
  setup.name = found.name;
  setup.features = found.manifest.features;
  setup.entry = *entry;
  boost::json::object config = options_.host;
  config["settings"] = settings;
  config["state_dir"] = state_dir.string();
  config["runtime_dir"] = runtime_dir.string();
  config["project"] = options_.project;
  setup.config_json = boost::json::serialize(config);
  setup.crash_note = std::move(note);
  setup.unavailable = std::move(unavailable);
  setup.limits = options_.limits;
  setup.log = options_.log;
  try {
    return std::make_unique<PluginDriver>(core_.get_executor(), std::move(setup), sink_, store_);
  } catch (const std::system_error& e) {
    return Error(ErrorKind::unavailable, std::string("cannot start its thread: ") + e.what());
  }
}

asio::awaitable<Result<Driver*>> Runtimes::open(std::string name, boost::json::object settings,
                                                model::Location where) {
  const auto driver = use(name, settings, where);
  if (!driver) co_return driver.error();
  const auto ready = co_await static_cast<PluginDriver*>(*driver)->ready();
  if (!ready) co_return use(name, settings, where);  // the error, with this place
  co_return *driver;
}

Driver* Runtimes::loaded(std::string_view name) const {
  const FoundRuntime* found = registry_.lookup(name);
  if (found == nullptr) return nullptr;
  const auto it = drivers_.find(found->name);
  return it == drivers_.end() || it->second->failure() ? nullptr : it->second.get();
}

std::vector<PendingOperation> Runtimes::pending() const {
  std::vector<PendingOperation> all;
  for (const auto& [name, driver] : drivers_) {
    auto list = driver->pending();
    all.insert(all.end(), std::make_move_iterator(list.begin()),
               std::make_move_iterator(list.end()));
  }
  return all;
}

asio::awaitable<void> Runtimes::close() {
  store_.set_room_listener({});
  for (const auto& [name, driver] : drivers_) driver->close();
  for (const auto& [name, driver] : drivers_) co_await driver->closed();
}

}  // namespace consort::runtime
