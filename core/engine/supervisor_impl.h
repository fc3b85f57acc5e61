#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/engine/gate.h"
#include "core/engine/operation.h"
#include "core/engine/replica.h"
#include "core/engine/requirements.h"
#include "core/engine/round.h"
#include "core/engine/strays.h"
#include "core/engine/supervisor.h"
#include "core/plan/graph.h"
#include "core/plan/stop_order.h"

// Private to the supervisor's own .cc files, one per group of commands.
namespace consort::engine {

class Supervisor::Impl final : public ReplicaOwner {
 public:
  Impl(asio::any_io_executor executor, Parts parts);

  void suspect(std::set<std::string> runtimes, bool lost);
  asio::awaitable<std::vector<ReplicaRecord>> complete(std::optional<model::Project> project,
                                                       std::vector<ReplicaRecord> records);
  bool suspects() const { return strays_.suspected(); }
  asio::awaitable<void> restore(std::optional<model::Project> project,
                                std::vector<ReplicaRecord> records);
  asio::awaitable<Result<std::vector<plan::Action>>> foresee(model::Project project,
                                                             plan::Options options);
  Result<std::vector<plan::Action>> plan(const model::Project& project,
                                         const plan::Options& options,
                                         const Outdated& outdated = {}) const;
  asio::awaitable<Result<Outcome>> up(UpRequest request);
  asio::awaitable<Result<Outcome>> create(UpRequest request);
  asio::awaitable<Result<Outcome>> down(std::optional<base::Duration> timeout,
                                        std::vector<std::string> services);
  asio::awaitable<Result<Outcome>> start(Selection selection, Wait wait);
  asio::awaitable<Result<Outcome>> stop(Selection selection, std::optional<base::Duration> timeout);
  asio::awaitable<Result<Outcome>> restart(Selection selection,
                                           std::optional<base::Duration> timeout, bool no_deps);
  asio::awaitable<Result<Outcome>> kill(Selection selection, std::string signal);
  asio::awaitable<Result<Outcome>> pause(Selection selection, bool paused);
  asio::awaitable<Result<Outcome>> remove(Selection selection, bool stop, bool volumes);
  asio::awaitable<Result<model::ReplicaStatus>> run(RunRequest request);
  asio::awaitable<Result<void>> remove_one_off(std::string instance);
  asio::awaitable<Result<model::ExitInfo>> wait(model::ReplicaId id);
  asio::awaitable<void> close();

  std::vector<model::ReplicaStatus> status() const;
  Result<std::pair<runtime::Driver*, std::string>> running(const model::ReplicaId& id) const;
  Result<std::pair<runtime::Driver*, std::string>> present(const model::ReplicaId& id) const;
  const model::Project* project() const { return project_.get(); }
  bool idle() const;
  bool coming_up() const { return beginning_.contains(interruptions_); }
  void exited(const std::string& instance, const model::ExitInfo& exit);
  void runtime_health(const std::string& runtime, const std::string& problem);
  void instance_reach(const std::string& instance, const std::string& problem);
  void instance_paused(const std::string& instance, bool paused);
  void instance_health(const std::string& instance, model::Health health,
                       const std::string& message);
  void progress(const std::string& instance, const std::string& message);

  // ReplicaOwner
  void changed(Replica& replica) override { note(replica.id()); }
  void instance_begins(Replica& replica, const std::string& instance) override;
  void instance_forgotten(const std::string& instance) override { instances_.erase(instance); }
  void dropped(Replica& replica) override;

 private:
  using ReplicaPtr = std::shared_ptr<Replica>;
  using OperationPtr = std::shared_ptr<Operation>;
  using ProjectPtr = std::shared_ptr<const model::Project>;
  using Origins = std::map<std::string, Replica::Origin>;  // by service

  // A stop that was asked for and is not complete. Until `issued` its dependents are waited for.
  struct Order {
    After after = After::stopped;
    std::optional<base::Duration> grace;
    bool issued = false;
  };
  using Orders = std::vector<std::pair<model::ReplicaId, Order>>;

  // While one lives, what changes is only noted; at the end it is looked at.
  class Batch {
   public:
    explicit Batch(Impl& impl) : impl_(impl) { ++impl_.batches_; }
    ~Batch() {
      if (--impl_.batches_ == 0) impl_.settle();
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    Impl& impl_;
  };

  // Counts a command that is still being checked, however it ends.
  class Preparing {
   public:
    explicit Preparing(int& count) : count_(++count) {}
    ~Preparing() { --count_; }
    Preparing(const Preparing&) = delete;
    Preparing& operator=(const Preparing&) = delete;

   private:
    int& count_;
  };

  // An `up` or `create` from when it comes until its plan is carried out or given up.
  class Beginning {
   public:
    explicit Beginning(Impl& impl)
        : all_(impl.beginning_), place_(all_.insert(impl.interruptions_)) {}
    ~Beginning() { all_.erase(place_); }
    Beginning(const Beginning&) = delete;
    Beginning& operator=(const Beginning&) = delete;
    std::uint64_t interruptions() const { return *place_; }

   private:
    std::multiset<std::uint64_t>& all_;
    std::multiset<std::uint64_t>::iterator place_;
  };

  // What follows from a change (supervisor_settle.cc).
  void note(const model::ReplicaId& id);
  void settle();
  void settle(const model::ReplicaId& id);
  void settle_order(const model::ReplicaId& id, const Replica* replica);
  void settle_gate(Replica& replica);
  void tell_dependents(const model::ReplicaId& id, const Replica* replica);
  void decide(const model::ReplicaId& id, const plan::Verdict& verdict);
  std::vector<plan::Standing> look(const std::string& service) const;
  void order_stops(Orders orders);
  void cancel_order(const model::ReplicaId& id);
  void rebuild_stop_order();
  void issue(const model::ReplicaId& id);

  // Helpers of the commands.
  Replica* find(const model::ReplicaId& id) const;
  ReplicaPtr add(const model::ReplicaId& id, Replica::Origin origin);
  std::string why_absent(const std::string& service) const;
  std::string why_absent(const model::ReplicaId& id) const;
  Result<std::vector<Replica*>> select(const Selection& selection, std::string_view verb) const;
  std::vector<plan::Observed> observed(const Outdated& outdated) const;
  std::map<std::string, model::Service> old_specs() const;
  static Replica::Origin origin_of(const ProjectPtr& project, const std::string& service);
  OperationPtr operation(Operation::Kind kind);
  void await(Operation& operation, const model::ReplicaId& id, Awaited awaited);
  asio::awaitable<Result<Outcome>> finish(OperationPtr operation,
                                          std::optional<base::Duration> timeout = std::nullopt);
  void cancel_operations(Operation::Kind kind, const std::string& why);
  struct Begun {
    ProjectPtr project;
    Origins origins;
    std::vector<plan::Action> actions;
  };
  asio::awaitable<Result<Begun>> begin(UpRequest& request, std::string what);
  asio::awaitable<Result<Outdated>> prepare(const UpRequest& request, ProjectPtr project,
                                            const std::vector<plan::Action>& actions,
                                            const Origins& origins);
  static asio::awaitable<void> create_one(ReplicaPtr replica, Round::Part part);
  static asio::awaitable<void> pause_one(ReplicaPtr replica, bool paused, Round::Part part);
  Problems unusable_runtimes(const std::vector<plan::Action>& actions, const Origins& origins);
  asio::awaitable<Result<void>> check(std::vector<Requirement> wanted, PortSet freed);
  asio::awaitable<Result<void>> end_strays(std::optional<base::Duration> grace);
  asio::awaitable<Result<void>> remove_one_off_id(model::ReplicaId id);
  Orders apply(const UpRequest& request, const std::vector<plan::Action>& actions,
               const Origins& origins, Operation& operation);

  asio::any_io_executor executor_;
  Parts parts_;
  std::unique_ptr<TimerSource> own_timers_;
  base::TaskGroup tasks_;
  Workshop workshop_;
  Strays strays_{workshop_};

  ProjectPtr project_;
  std::map<model::ReplicaId, ReplicaPtr> replicas_;
  std::unordered_map<std::string, std::weak_ptr<Replica>> instances_;
  std::map<model::ReplicaId, Gate::Mode> modes_;
  Gate gate_;
  std::map<model::ReplicaId, Order> orders_;
  plan::StopOrder stop_order_;
  std::map<std::string, std::size_t> stopping_;  // orders by service
  std::list<OperationPtr> operations_;

  struct Seen {
    model::State state{};
    model::Health health{};
    bool started = false;
    bool stuck = false;
    bool ordered = false;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  std::map<model::ReplicaId, Seen> told_;  // what dependents were last asked about
  std::deque<model::ReplicaId> noted_;
  int batches_ = 0;
  std::uint64_t interruptions_ = 0;         // `stop`s and `down`s so far
  std::multiset<std::uint64_t> beginning_;  // interruptions_ when each `up` in preparation came
  int preparing_ = 0;                       // commands before their plan is accepted
  bool closing_ = false;
};

}  // namespace consort::engine
