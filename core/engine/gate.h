#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/event.h"
#include "core/model/project.h"
#include "core/plan/readiness.h"

namespace consort::engine {

// The replicas that wait for others to start. After an event it asks only for those that wait on
// what has changed, so that the work grows with the edges of the graph and not with its square.
class Gate {
 public:
  enum class Mode {
    all,     // every dependency counts
    moving,  // only those with something under way: after a restart by hand
    none,    // none does: --no-deps
  };
  // The replicas of a service, as its dependents see them.
  using Look = std::function<std::vector<plan::Standing>(const std::string& service)>;
  using Decision = std::pair<model::ReplicaId, plan::Verdict>;

  // `id` waits from now on, unless the verdict is not `waiting`.
  plan::Verdict enter(const model::ReplicaId& id,
                      std::map<std::string, model::Dependency> depends_on, Mode mode,
                      const Look& look);
  void leave(const model::ReplicaId& id);
  bool waits(const model::ReplicaId& id) const { return waiting_.contains(id); }

  // Something about `service` has changed. Returns those that need not wait any longer, who leave,
  // and those that now wait for another.
  std::vector<Decision> changed(const std::string& service, const Look& look);

  std::size_t judged() const { return judged_; }  // edges looked at so far

 private:
  struct Waiter {
    std::map<std::string, model::Dependency> depends_on;
    Mode mode;
    std::string blocked_on;  // every dependency before it, by name, is ready
    std::string warning;     // of one that is not required and has failed
  };
  plan::Verdict judge(Waiter& waiter, const Look& look);
  plan::Verdict proceed(Waiter& waiter, const Look& look);
  plan::Verdict judge_edge(const Waiter& waiter, const std::string& name,
                           const std::vector<plan::Standing>& replicas);

  std::map<model::ReplicaId, Waiter> waiting_;
  std::map<std::string, std::set<model::ReplicaId>> by_dependency_;
  std::size_t judged_ = 0;
};

}  // namespace consort::engine
