#include "core/plan/stop_order.h"

namespace consort::plan {

StopOrder::StopOrder(Graph graph, std::set<std::string> stopping)
    : graph_(std::move(graph)), stopping_(std::move(stopping)) {
  for (const auto& service : stopping_) {
    for (const auto& dependency : graph_.dependencies(service)) ++blockers_[dependency];
  }
}

bool StopOrder::may_stop(const std::string& service) const { return !blockers_.contains(service); }

std::vector<std::string> StopOrder::stopped(const std::string& service) {
  std::vector<std::string> free;
  if (stopping_.erase(service) == 0) return free;
  for (const auto& dependency : graph_.dependencies(service)) {
    const auto blocked = blockers_.find(dependency);
    if (--blocked->second > 0) continue;
    blockers_.erase(blocked);
    if (stopping_.contains(dependency)) free.push_back(dependency);
  }
  return free;
}

}  // namespace consort::plan
