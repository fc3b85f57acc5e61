#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/plan/graph.h"

namespace consort::plan {

// Who may stop now: a service may when none of its dependents that is to stop too still runs. Each
// edge is looked at once however many services there are. A value; pure.
class StopOrder {
 public:
  StopOrder() = default;
  // `stopping`: the services that have replicas to stop, all of them again whenever it changes.
  StopOrder(Graph graph, std::set<std::string> stopping);

  bool may_stop(const std::string& service) const;
  // All replicas of `service` that were to stop have. Returns the services that may stop now.
  std::vector<std::string> stopped(const std::string& service);

 private:
  Graph graph_;
  std::set<std::string> stopping_;
  std::map<std::string, std::size_t> blockers_;  // dependents that still stop; never 0
};

}  // namespace consort::plan
