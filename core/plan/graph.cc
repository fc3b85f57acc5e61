#include "core/plan/graph.h"

#include <algorithm>

#include "core/base/text.h"

namespace consort::plan {
namespace {

using base::Error;
using base::ErrorKind;

std::string at(const model::Location& where) {
  const std::string place = model::to_string(where);
  return place.empty() ? "" : place + ": ";
}

Error missing(const model::Project& project, const model::Service& service, const std::string& name,
              const model::Dependency& dependency) {
  return Error(ErrorKind::invalid, at(dependency.where.line ? dependency.where : service.where) +
                                       "cannot let " + service.name + " depend on " + name + ": " +
                                       model::absence(project, name));
}

Error cyclic(const model::Project& project, const std::vector<std::string>& cycle) {
  std::string places;
  for (std::size_t i = 0; i + 1 < cycle.size(); ++i) {
    const auto& dependency = project.services.at(cycle[i]).depends_on.at(cycle[i + 1]);
    const std::string place = model::to_string(dependency.where);
    if (!places.empty()) places += ", ";
    places += cycle[i] + " needs " + cycle[i + 1] + (place.empty() ? "" : " at " + place);
  }
  const auto& first = project.services.at(cycle[0]);
  const auto& edge = first.depends_on.at(cycle[1]);
  return Error(ErrorKind::invalid, at(edge.where.line ? edge.where : first.where) +
                                       "cannot order the services: " + base::join(cycle, " -> ") +
                                       " is a cycle (" + places + ")");
}

}  // namespace

base::Result<Graph> Graph::make(const model::Project& project) {
  Graph graph;
  for (const auto& [name, unused] : project.services) graph.nodes_[name];
  for (const auto& [name, service] : project.services) {
    for (const auto& [target, dependency] : service.depends_on) {
      if (project.services.contains(target)) {
        graph.link(name, target);
      } else if (dependency.required) {
        return missing(project, service, target, dependency);
      }
    }
  }
  if (const auto cycle = graph.sort(false); !cycle.empty()) return cyclic(project, cycle);
  return graph;
}

Graph Graph::lenient(const std::map<std::string, const model::Service*>& services) {
  Graph graph;
  for (const auto& [name, unused] : services) graph.nodes_[name];
  for (const auto& [name, service] : services) {
    for (const auto& [target, unused] : service->depends_on) {
      if (services.contains(target)) graph.link(name, target);
    }
  }
  graph.sort(true);
  return graph;
}

void Graph::link(const std::string& dependent, const std::string& dependency) {
  nodes_[dependent].dependencies.push_back(dependency);
  nodes_[dependency].dependents.push_back(dependent);
}

const Graph::Node* Graph::find(std::string_view service) const {
  const auto node = nodes_.find(service);
  return node == nodes_.end() ? nullptr : &node->second;
}

const std::vector<std::string>& Graph::dependencies(std::string_view service) const {
  static const std::vector<std::string> none;
  const Node* node = find(service);
  return node ? node->dependencies : none;
}

const std::vector<std::string>& Graph::dependents(std::string_view service) const {
  static const std::vector<std::string> none;
  const Node* node = find(service);
  return node ? node->dependents : none;
}

std::set<std::string> Graph::closure(const std::vector<std::string>& services) const {
  std::set<std::string> reached;
  std::vector<std::string> open = services;
  while (!open.empty()) {
    std::string name = std::move(open.back());
    open.pop_back();
    if (!reached.insert(name).second) continue;
    for (const auto& dependency : dependencies(name)) open.push_back(dependency);
  }
  return reached;
}

// Depth first with a stack of its own: a chain may be as long as the file.
std::vector<std::string> Graph::sort(bool drop_cycles) {
  enum class Mark { unseen, open, done };
  struct Frame {
    const std::string* name;
    Node* node;
    std::size_t next;
  };
  std::unordered_map<std::string_view, Mark> marks;
  for (auto& [root, root_node] : nodes_) {
    if (marks[root] != Mark::unseen) continue;
    std::vector<Frame> path{{&root, &root_node, 0}};
    marks[root] = Mark::open;
    while (!path.empty()) {
      Frame& top = path.back();
      if (top.next == top.node->dependencies.size()) {
        marks[*top.name] = Mark::done;
        order_.push_back(*top.name);
        path.pop_back();
        continue;
      }
      const std::string target = top.node->dependencies[top.next++];
      const auto node = nodes_.find(target);
      Mark& mark = marks[node->first];
      if (mark == Mark::unseen) {
        mark = Mark::open;
        path.push_back({&node->first, &node->second, 0});
      } else if (mark == Mark::open) {
        if (drop_cycles) {
          top.node->dependencies.erase(top.node->dependencies.begin() +
                                       static_cast<std::ptrdiff_t>(--top.next));
          std::erase(node->second.dependents, *top.name);
          continue;
        }
        std::vector<std::string> cycle;
        const auto start = std::find_if(path.begin(), path.end(),
                                        [&](const Frame& f) { return *f.name == target; });
        for (auto frame = start; frame != path.end(); ++frame) cycle.push_back(*frame->name);
        cycle.push_back(target);
        return cycle;
      }
    }
  }
  return {};
}

}  // namespace consort::plan
