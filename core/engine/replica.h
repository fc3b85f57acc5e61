#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/base/task_group.h"
#include "core/engine/machine.h"
#include "core/engine/ports.h"
#include "core/plan/readiness.h"

namespace consort::engine {

class Prober;
class Replica;

// What a replica works with. Outlives every replica.
struct Workshop {
  base::TaskGroup& tasks;
  const base::Clock& clock;
  TimerSource& timers;
  DriverSource& drivers;
  Journal& journal;
  EventSink& events;
  InstanceDirectories& directories;
};

// Who is told by a replica, always between two of its steps.
class ReplicaOwner {
 public:
  virtual ~ReplicaOwner() = default;
  virtual void changed(Replica& replica) = 0;
  virtual void instance_begins(Replica& replica, const std::string& instance) = 0;
  virtual void instance_forgotten(const std::string& instance) = 0;
  virtual void dropped(Replica& replica) = 0;  // it is no more; let go of it
};

using ServicePtr = std::shared_ptr<const model::Service>;
using EnvironmentPtr = std::shared_ptr<const std::map<std::string, std::string>>;

// One replica: a mailbox in front of a machine, and the hands that do what the machine says. It
// names no other replica. Coroutines of its own hold it, so it may be let go at any time.
class Replica : public std::enable_shared_from_this<Replica> {
 public:
  struct Origin {
    std::string project;
    ServicePtr service;
    std::string hash;
    EnvironmentPtr inherited;  // of the `up` that starts it
    bool one_off = false;
    bool fresh = false;  // its next start uses nothing of an earlier instance again
  };
  Replica(const Workshop& workshop, ReplicaOwner& owner, model::ReplicaId id, Origin origin);
  ~Replica();

  // Takes up a record; attaches where something may run.
  void restore(const ReplicaRecord& record);
  // From its next start on it is this service. What runs is not touched.
  void aim(Origin origin);
  // The same, for a service that has not changed: also what runs is regarded as of it.
  void refresh(Origin origin);
  // Handles `event`, now or, if it is called from within a step, after it.
  void post(Event event);
  // Has its runtime make what a start would run, where it can do that. It must be `stopped`.
  base::asio::awaitable<base::Result<void>> create();
  // When it is removed, so are the volumes that are its own.
  void give_up_volumes() { removal_ = runtime::Removal::with_volumes; }
  // No timer, no probe and no event any more; what runs stays.
  void close();

  const model::ReplicaId& id() const { return id_; }
  const Machine& machine() const { return machine_; }
  const model::Service& service() const { return *origin_.service; }  // of the instance
  const model::Service& target() const { return *target_.service; }   // of the next one
  const Origin& next() const { return target_; }
  const std::string& target_hash() const { return target_.hash; }
  const std::string& instance() const { return instance_; }
  bool one_off() const { return origin_.one_off; }
  // Whether the instance is its present one or an earlier one of which something is kept.
  bool has(const std::string& instance) const;
  model::ReplicaStatus status() const;
  plan::Standing standing() const;
  base::Result<runtime::Driver*> driver() const;
  // The task as the runtime is given it; for a check before there is an instance, too.
  static runtime::Task task(const Origin& origin, const model::ReplicaId& id,
                            const std::string& instance, std::string directory);
  void publish(std::string type, std::string action, std::string message);

 private:
  void apply(const effect::Start& effect);
  void apply(const effect::StopInstance& effect);
  void apply(const effect::Attach& effect);
  void apply(const effect::ArmTimer& effect);
  void apply(const effect::CancelTimer&);
  void apply(const effect::StartProbing& effect);
  void apply(const effect::StopProbing&);
  void apply(const effect::Record&);
  void apply(const effect::Publish& effect);
  void apply(const effect::Tidy&);
  void apply(const effect::Forget&);
  void apply(const effect::Drop&);

  using Self = std::shared_ptr<Replica>;
  struct Leftover {
    std::string instance;
    runtime::Driver* driver;
  };
  base::asio::awaitable<void> start(Self self, std::uint64_t generation, runtime::Driver* driver,
                                    runtime::Task task);
  base::asio::awaitable<void> stop(Self self, effect::StopInstance what, runtime::Driver* driver);
  base::asio::awaitable<void> attach(Self self, std::uint64_t generation, runtime::Driver* driver,
                                     runtime::Task task);
  base::asio::awaitable<void> tidy(Self self, std::vector<Leftover> ended);
  base::asio::awaitable<void> forget(Self self, std::vector<Leftover> left);
  base::Result<void> prepare(bool again);
  base::Result<void> record();
  base::Error cannot_start(const base::Error& error) const;

  const Workshop& workshop_;
  ReplicaOwner* owner_;
  const model::ReplicaId id_;
  Origin origin_;
  Origin target_;
  Machine machine_;
  std::string instance_;
  std::string directory_;
  std::string handle_;
  std::int64_t pid_ = 0;
  std::vector<model::PublishedPort> ports_;  // that its runtime has chosen
  std::string command_;                      // that its runtime runs; "": the service's
  base::WallTime started_at_{};
  std::vector<std::string> past_;   // earlier instances, oldest first
  std::vector<Leftover> untidied_;  // those of them that a runtime still has
  runtime::Removal removal_ = runtime::Removal::forced;
  std::uint64_t timer_ = 0;
  std::shared_ptr<Prober> prober_;
  std::deque<Event> mailbox_;
  bool stepping_ = false;
};

}  // namespace consort::engine
