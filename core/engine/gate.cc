#include "core/engine/gate.h"

#include <algorithm>

namespace consort::engine {

using plan::Readiness;
using plan::Verdict;

Verdict Gate::judge_edge(const Waiter& waiter, const std::string& name,
                         const std::vector<plan::Standing>& replicas) {
  ++judged_;
  if (waiter.mode == Mode::moving &&
      std::all_of(replicas.begin(), replicas.end(), [](auto& one) { return one.settled; })) {
    return {};
  }
  return plan::judge(name, waiter.depends_on.at(name), replicas);
}

// Of all: the first that has failed, else the first that is waited for.
Verdict Gate::judge(Waiter& waiter, const Look& look) {
  Verdict verdict;
  if (waiter.mode == Mode::none) return verdict;
  for (const auto& [name, unused] : waiter.depends_on) {
    Verdict one = judge_edge(waiter, name, look(name));
    if (one.readiness == Readiness::failed) return one;
    if (one.readiness == Readiness::ready) {
      if (!one.why.empty()) waiter.warning = one.why;
    } else if (verdict.readiness == Readiness::ready) {
      waiter.blocked_on = name;
      verdict = std::move(one);
    }
  }
  if (verdict.readiness == Readiness::ready) verdict.why = waiter.warning;
  return verdict;
}

// From what it waits for to the next that it must wait for. What fails meanwhile tells by itself.
Verdict Gate::proceed(Waiter& waiter, const Look& look) {
  for (auto edge = waiter.depends_on.find(waiter.blocked_on); edge != waiter.depends_on.end();
       ++edge) {
    Verdict one = judge_edge(waiter, edge->first, look(edge->first));
    if (one.readiness != Readiness::ready) {
      waiter.blocked_on = edge->first;
      return one;
    }
    if (!one.why.empty()) waiter.warning = one.why;
  }
  return {Readiness::ready, waiter.warning};
}

Verdict Gate::enter(const model::ReplicaId& id, std::map<std::string, model::Dependency> depends_on,
                    Mode mode, const Look& look) {
  leave(id);
  Waiter waiter{std::move(depends_on), mode, {}, {}};
  Verdict verdict = judge(waiter, look);
  if (verdict.readiness != Readiness::waiting) return verdict;
  for (const auto& [name, unused] : waiter.depends_on) by_dependency_[name].insert(id);
  waiting_.emplace(id, std::move(waiter));
  return verdict;
}

void Gate::leave(const model::ReplicaId& id) {
  const auto waiter = waiting_.find(id);
  if (waiter == waiting_.end()) return;
  for (const auto& [name, unused] : waiter->second.depends_on) {
    const auto dependents = by_dependency_.find(name);
    dependents->second.erase(id);
    if (dependents->second.empty()) by_dependency_.erase(dependents);
  }
  waiting_.erase(waiter);
}

std::vector<Gate::Decision> Gate::changed(const std::string& service, const Look& look) {
  std::vector<Decision> decisions;
  const auto dependents = by_dependency_.find(service);
  if (dependents == by_dependency_.end()) return decisions;
  const auto replicas = look(service);
  for (const auto& id : dependents->second) {
    Waiter& waiter = waiting_.at(id);
    Verdict verdict = judge_edge(waiter, service, replicas);
    if (verdict.readiness == Readiness::ready) {
      if (!verdict.why.empty()) waiter.warning = verdict.why;
      if (waiter.blocked_on != service) continue;  // still waits for another
      verdict = proceed(waiter, look);
    } else if (verdict.readiness == Readiness::waiting) {
      if (service < waiter.blocked_on) waiter.blocked_on = service;  // was ready, is not now
      continue;
    }
    decisions.emplace_back(id, std::move(verdict));
  }
  for (const auto& [id, verdict] : decisions) {
    if (verdict.readiness != Readiness::waiting) leave(id);
  }
  return decisions;
}

}  // namespace consort::engine
