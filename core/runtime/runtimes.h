#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include "core/base/result.h"
#include "core/model/location.h"
#include "core/runtime/driver.h"
#include "core/runtime/line_store.h"
#include "core/runtime/operations.h"
#include "core/runtime/plugin_driver.h"
#include "core/runtime/registry.h"

namespace consort::runtime {

struct RuntimesOptions {
  std::vector<std::filesystem::path> search_path;  // of search_path()
  std::string project;
  // Each runtime's own folders are NAME in these; made when it is first used.
  std::filesystem::path state_dir;
  std::filesystem::path runtime_dir;
  // Where a runtime that crashes this process leaves a note for the next one, which refuses it
  // once: a crash would follow a crash. Empty: nowhere.
  std::filesystem::path crash_dir;
  // What else init's config says of the host: {"instances_dir", "logs", "environment", "nofile"}.
  boost::json::object host;
  LogFunction log;  // on the core's thread; empty: nothing is logged
  Limits limits;
};

// The runtimes of one supervisor: found by their manifests, loaded when first asked for. One that
// cannot be loaded or initialised is out of use until the process ends, and only that one. All on
// the core's thread.
class Runtimes {
 public:
  // Reads the manifests; runs no plugin code. `sink` and `store` outlive this.
  Runtimes(asio::io_context& core, RuntimesOptions options, DriverSink& sink, LineStore& store);
  ~Runtimes();  // co_await close() first; else it blocks until the plugins have ended
  Runtimes(const Runtimes&) = delete;
  Runtimes& operator=(const Runtimes&) = delete;

  const Registry& registry() const { return registry_; }

  // In place of the options' `host`, for runtimes that are loaded from now on.
  void set_host(boost::json::object host) { options_.host = std::move(host); }

  // The runtime of this name or alias, loaded now if it is not yet. Never blocks on the plugin: its
  // create and init run on its own thread meanwhile, and what is asked of the driver waits for
  // them. `settings` count for the load only. The error reads `FILE:LINE:COL: runtime "NAME" is not
  // available: CAUSE`, with the place that asks now.
  Result<Driver*> use(std::string_view name, const boost::json::object& settings,
                      const model::Location& where);
  // The same, and waits for the end of init, so that its failure is told here.
  asio::awaitable<Result<Driver*>> open(std::string name, boost::json::object settings,
                                        model::Location where);
  // Null if it is not in use.
  Driver* loaded(std::string_view name) const;

  // What the plugins owe an answer, oldest first per runtime.
  std::vector<PendingOperation> pending() const;

  // Destroys the runtimes, all at once, and joins their threads; pending operations complete as
  // dropped. The instances live on. Nothing else may be called after it.
  asio::awaitable<void> close();

 private:
  Result<std::unique_ptr<PluginDriver>> load(const FoundRuntime& found,
                                             const boost::json::object& settings,
                                             std::string unavailable);

  asio::io_context& core_;
  RuntimesOptions options_;
  DriverSink& sink_;
  LineStore& store_;
  const Registry registry_;
  std::map<std::string, std::unique_ptr<PluginDriver>, std::less<>> drivers_;
  std::map<std::string, base::Error, std::less<>> quarantine_;  // why each could not be loaded
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace consort::runtime
