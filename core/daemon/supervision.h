#pragma once

#include <sys/resource.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "core/base/task_group.h"
#include "core/daemon/daemon.h"
#include "core/daemon/instances.h"
#include "core/daemon/journal.h"
#include "core/daemon/line_store.h"
#include "core/daemon/log.h"
#include "core/daemon/prompts.h"
#include "core/daemon/sources.h"
#include "core/engine/supervisor.h"
#include "core/record/bus.h"
#include "core/runtime/runtimes.h"

namespace consort::daemon {

// The engine with everything that it needs of others: record, runtimes, directories. Loads no
// plugin and reads no manifest before a service needs one. On the core's thread.
class Supervision final : engine::EventSink, engine::DriverSource, runtime::DriverSink {
 public:
  // Opens the project's record, with its lock held. `nofile`: the limit that this process was
  // started with, which services get. `log` outlives this.
  static base::Result<std::unique_ptr<Supervision>> open(asio::io_context& io,
                                                         const Options& options, rlimit nofile,
                                                         Log& log);

  // Reads the record; where it has lost something, asks the runtimes what runs. Before restore().
  asio::awaitable<void> take_stock();
  // Takes up what the record holds; see engine::Supervisor::restore.
  asio::awaitable<void> restore();

  // Takes what the person's settings say from a project that is about to be brought up: for
  // runtimes that are loaded from now on, for output that is stored from now on.
  void use_settings(const model::Project& project);

  // Variables of whoever is at work now: set for what is loaded from now on, told to the runtimes
  // with each command, changed or not.
  void use_environment(const std::map<std::string, std::string>& changed);

  engine::Supervisor& engine() { return *engine_; }
  // For people: what the record has lost and what to do; "" where it is whole, or is again.
  std::string problem() const;
  Sources& sources() { return sources_; }
  Prompts& prompts() { return prompts_; }
  const Directories& directories() const { return directories_; }
  const InstancesOf& instances() const { return journal_->instances(); }

  // The runtime of this name, loaded if it is not yet. The error names the place that asks.
  base::Result<runtime::Driver*> use(const std::string& runtime,
                                     const model::Location& where = {}) {
    return driver(runtime, where);
  }
  // The runtimes in use.
  std::vector<runtime::Driver*> drivers() const;

  // Lets go of everything, the instances running: engine, then runtimes, then the record. Nothing
  // but destruction may follow.
  asio::awaitable<void> close();

 private:
  Supervision(asio::io_context& io, const Options& options, rlimit nofile, Log& log);

  void publish(model::Event event) override;
  base::Result<runtime::Driver*> driver(std::string_view runtime,
                                        const model::Location& where) override;
  void exited(const std::string& instance, const model::ExitInfo& exit) override;
  void progress(const std::string& instance, const std::string& message) override;
  void health(const std::string& runtime, const std::string& problem) override;
  void instance_reach(const std::string& instance, const std::string& problem) override;
  void instance_paused(const std::string& instance, bool paused) override;
  void instance_health(const std::string& instance, model::Health health,
                       const std::string& message) override;
  boost::json::object host_of_runtimes() const;
  void asked(const std::string& runtime, const runtime::Question& question) override;
  void withdrawn(const std::string& runtime, std::uint64_t question) override;
  void tell_environment();
  runtime::RuntimesOptions runtimes_options() const;
  void remember_plugin_dirs(const std::vector<std::string>& earlier);

  asio::io_context& io_;
  const Options options_;
  std::vector<std::string> plugin_dirs_;  // those of options_, then those of earlier supervisors
  const rlimit nofile_;
  Log& log_;
  record::Bus bus_;
  Directories directories_;
  Sources sources_;
  Prompts prompts_;
  PushedLines lines_;
  std::map<std::string, boost::json::object> runtime_settings_;
  std::map<std::string, boost::json::object> loaded_with_;  // by runtime; of those in use
  std::map<std::string, std::string> environment_;          // of the `up`, for runtimes
  model::LogRetention logs_, loaded_logs_;
  std::string project_dir_;
  std::unique_ptr<StoreJournal> journal_;
  StoreJournal::Remembered remembered_;  // until restore()
  std::vector<std::string> losses_;      // of the record, as take_stock() found it
  std::optional<runtime::Runtimes> runtimes_;
  std::optional<engine::Supervisor> engine_;
};

}  // namespace consort::daemon
