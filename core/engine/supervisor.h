#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/base/clock.h"
#include "core/engine/ports.h"
#include "core/engine/preparation.h"
#include "core/plan/diff.h"

namespace consort::engine {

namespace asio = boost::asio;
using base::Result;

enum class Wait {
  none,     // return when the plan is accepted
  started,  // when every service of the plan runs, ended well, or cannot (`up -d`)
  ready,    // when every one is healthy (or running, without a health check) or a one-shot that
            // exited 0 (`up --wait`)
};

struct UpRequest {
  model::Project project;
  Preparation preparation;
  plan::Options options;  // services, no_deps, force_recreate, no_recreate, remove_orphans, scale
  Wait wait = Wait::started;
  std::optional<base::Duration> wait_timeout;
  std::optional<base::Duration> stop_timeout;  // -t, for what is replaced
};

struct Failure {
  model::ReplicaId id;
  std::string message;  // "FILE:LINE:COL: cannot start web-1: ..."
};

struct Outcome {
  std::vector<plan::Action> actions;
  std::vector<Failure> failures;  // empty: all went well
};

// Which replicas a command means: none = all of the project.
struct Selection {
  std::vector<std::string> services;
  std::uint32_t index = 0;  // 0 = every replica
};

struct RunRequest {
  model::Service service;  // as it is to run: overrides applied by the caller
  bool no_deps = false;
  Preparation preparation;  // of its image
  model::Project project;   // for its dependencies
};

// Owns the replicas of one project: applies plans, answers what runtimes and probes report with
// restarts, and says what is. One per process, on the core's thread; the awaitables complete there.
class Supervisor {
 public:
  struct Parts {
    const base::Clock& clock;
    DriverSource& drivers;
    Journal& journal;
    EventSink& events;
    InstanceDirectories& directories;
    TimerSource* timers = nullptr;  // none: Asio's
  };
  Supervisor(asio::any_io_executor executor, Parts parts);
  ~Supervisor();

  // The runtimes that the project used before this supervisor, which may run what the record does
  // not know. `lost`: the record is known to have lost something. Before restore().
  void suspect(std::set<std::string> runtimes, bool lost);
  // Where the record has lost something: asks those runtimes, and adds to `records` what runs of
  // replicas that can be told. What cannot is ended before anything is started, and by `down`.
  asio::awaitable<std::vector<ReplicaRecord>> complete(std::optional<model::Project> project,
                                                       std::vector<ReplicaRecord> records);
  // Something may run that the record does not know.
  bool suspects() const;

  // Takes up what an earlier supervisor recorded: attaches every instance, learns what ended
  // meanwhile, goes on with what was under way. Completes when every runtime has answered or said
  // that it cannot now (then the replicas are `unknown` and attach is tried again).
  asio::awaitable<void> restore(std::optional<model::Project> project,
                                std::vector<ReplicaRecord> records);

  // What `up` would do. Changes nothing; of what a runtime cannot say now, the files alone decide.
  asio::awaitable<Result<std::vector<plan::Action>>> foresee(model::Project project,
                                                             plan::Options options);

  // Checks every runtime's requirements first and, if any fails, starts nothing and returns them
  // all in one error, a line each. The plan goes on if the awaiting coroutine is cancelled.
  asio::awaitable<Result<Outcome>> up(UpRequest request);

  // Does the same up to the point where services start: they are there, as stopped ones, and their
  // runtimes have made what they can. What runs is left alone, whether or not it has changed.
  asio::awaitable<Result<Outcome>> create(UpRequest request);

  // Stops everything in reverse order and forgets it. Complete when nothing runs. With `services`
  // only these, their one-offs included, whether or not others depend on them.
  asio::awaitable<Result<Outcome>> down(std::optional<base::Duration> timeout,
                                        std::vector<std::string> services = {});

  asio::awaitable<Result<Outcome>> start(Selection selection, Wait wait);
  asio::awaitable<Result<Outcome>> stop(Selection selection, std::optional<base::Duration> timeout);
  asio::awaitable<Result<Outcome>> restart(Selection selection,
                                           std::optional<base::Duration> timeout, bool no_deps);
  asio::awaitable<Result<Outcome>> kill(Selection selection, std::string signal);
  // Halts what runs where it is, or lets it go on; what does not run, or is so already, is left
  // out.
  asio::awaitable<Result<Outcome>> pause(Selection selection);
  asio::awaitable<Result<Outcome>> unpause(Selection selection);
  // Forgets what does not run; with `stop` also what does, which is stopped first. With `volumes`,
  // the volumes that are the instances' own go too.
  asio::awaitable<Result<Outcome>> remove(Selection selection, bool stop, bool volumes);

  // Runs a one-off replica of a service; it is in status() as one_off until removed. Returns its id
  // once it runs (or has ended).
  asio::awaitable<Result<model::ReplicaStatus>> run(RunRequest request);
  asio::awaitable<Result<void>> remove_one_off(std::string instance);

  // Completes when the replica is not going to run again by itself: its exit.
  asio::awaitable<Result<model::ExitInfo>> wait(model::ReplicaId id);

  std::vector<model::ReplicaStatus> status() const;
  // The driver and instance id behind a replica that runs; an error if it does not run.
  Result<std::pair<runtime::Driver*, std::string>> running(const model::ReplicaId& id) const;
  // The same of one that need not run, if it ever did or was created.
  Result<std::pair<runtime::Driver*, std::string>> present(const model::ReplicaId& id) const;
  const model::Project* project() const;  // null before the first up
  bool idle() const;                      // nothing runs and nothing is under way
  bool coming_up() const;                 // an up is in preparation that came after every down

  // From the drivers (DriverSink forwards here).
  void exited(const std::string& instance, const model::ExitInfo& exit);
  void runtime_health(const std::string& runtime, const std::string& problem);
  void instance_reach(const std::string& instance, const std::string& problem);
  void instance_paused(const std::string& instance, bool paused);
  void instance_health(const std::string& instance, model::Health health,
                       const std::string& message);
  void progress(const std::string& instance, const std::string& message);

  // Ends timers, probes and coroutines; leaves every instance running. Complete when none is left.
  asio::awaitable<void> close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace consort::engine
