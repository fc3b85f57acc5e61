#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/model/project.h"

namespace consort::plan {

// Who depends on whom, among services by name. A value; pure.
class Graph {
 public:
  Graph() = default;

  // The file's graph. An error for a required dependency that is not in the project, or for a
  // cycle, named in full: "a.yaml:3:5: cannot order the services: a -> b -> a (...)". A dependency
  // that is not required and not there is left out.
  static base::Result<Graph> make(const model::Project& project);

  // The graph of services that may come from several files (what runs now, and what is wanted):
  // what is unknown, or would close a cycle, is left out. For stopping, which must always end.
  static Graph lenient(const std::map<std::string, const model::Service*>& services);

  // Every service, dependencies first; by name where the graph leaves it free.
  const std::vector<std::string>& order() const { return order_; }
  const std::vector<std::string>& dependencies(std::string_view service) const;
  const std::vector<std::string>& dependents(std::string_view service) const;

  // `services` and all that they depend on, directly or not.
  std::set<std::string> closure(const std::vector<std::string>& services) const;

 private:
  struct Node {
    std::vector<std::string> dependencies;
    std::vector<std::string> dependents;
  };
  void link(const std::string& dependent, const std::string& dependency);
  const Node* find(std::string_view service) const;
  // Fills order_; returns the first cycle found ("a", "b", "a"), or drops its edge if told to.
  std::vector<std::string> sort(bool drop_cycles);

  std::map<std::string, Node, std::less<>> nodes_;
  std::vector<std::string> order_;
};

}  // namespace consort::plan
