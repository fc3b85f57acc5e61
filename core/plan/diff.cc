#include "core/plan/diff.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/base/text.h"
#include "core/model/limits.h"
#include "core/plan/changes.h"
#include "core/plan/graph.h"

namespace consort::plan {
namespace {

using base::Error;
using base::ErrorKind;
using model::Service;

constexpr std::size_t most_changes = 3;

// An error for the first name that the project does not have.
base::Result<void> check_names(const model::Project& project, const Options& options) {
  std::vector<std::string> names = options.services;
  for (const auto& [name, unused] : options.scale) names.push_back(name);
  for (const auto& name : names) {
    if (project.services.contains(name)) continue;
    return Error(ErrorKind::not_found,
                 "cannot bring up " + name + ": " + model::absence(project, name));
  }
  return {};
}

std::string changed(const std::map<std::string, Service>& old_specs, const Service& now) {
  const auto old = old_specs.find(now.name);
  if (old == old_specs.end()) return "changed";
  const auto paths = changes(old->second, now);
  if (paths.empty()) return "changed";
  const std::size_t shown = std::min(paths.size(), most_changes);
  std::string why = "changed: " + base::join({paths.data(), shown}, ", ");
  if (paths.size() > shown) why += " and " + std::to_string(paths.size() - shown) + " more";
  return why;
}

// What one service asks for, replica by replica.
class ServicePlan {
 public:
  ServicePlan(const Service& service, const Options& options,
              const std::map<std::string, Service>& old_specs)
      : service_(service), options_(options), old_specs_(old_specs) {
    const auto& names = options.services;
    const bool named = names.empty() || std::ranges::find(names, service.name) != names.end();
    forced_ = named ? options.force_recreate : options.recreate_deps;
  }

  Action judge(const model::ReplicaId& id, const Observed* now) {
    if (now == nullptr) return {Verb::create, id, "new"};
    if (hash_.empty()) hash_ = model::change_hash(service_);
    const bool differs = now->hash != hash_ || now->runtime != service_.runtime;
    if (differs && !options_.no_recreate) {
      if (why_.empty()) why_ = changed(old_specs_, service_);
      return {Verb::replace, id, why_};
    }
    if (forced_) return {Verb::replace, id, "forced"};
    if (now->active && !now->outdated.empty() && !options_.no_recreate) {
      return {Verb::replace, id, now->outdated};
    }
    if (now->active) return {Verb::keep, id, differs ? "changed, but not to be replaced" : ""};
    return {Verb::start, id, now->done ? "has completed, runs again" : "does not run"};
  }

 private:
  const Service& service_;
  const Options& options_;
  const std::map<std::string, Service>& old_specs_;
  bool forced_ = false;
  std::string hash_;  // once it is needed
  std::string why_;
};

// `depends_on: {db: {restart: true}}`: who depends so on a replaced service is replaced too, in the
// order of the graph, so that it carries on from one to the next.
void spread_restarts(const model::Project& project, std::vector<Action>& ordered) {
  std::set<std::string_view> replaced;
  for (auto& action : ordered) {
    if (action.verb == Verb::replace) replaced.insert(action.id.service);
    if (action.verb != Verb::keep) continue;
    const auto service = project.services.find(action.id.service);
    if (service == project.services.end()) continue;
    for (const auto& [name, dependency] : service->second.depends_on) {
      if (!dependency.restart || !replaced.contains(name)) continue;
      action.verb = Verb::replace;
      action.why = "its dependency " + name + " is replaced";
      replaced.insert(action.id.service);
      break;
    }
  }
}

}  // namespace

std::string_view to_string(Verb verb) {
  switch (verb) {
    case Verb::create:
      return "create";
    case Verb::start:
      return "start";
    case Verb::replace:
      return "replace";
    case Verb::keep:
      return "keep";
    case Verb::remove:
      return "remove";
    case Verb::orphan:
      return "orphan";
  }
  return {};
}

base::Result<std::vector<Action>> diff(const model::Project& desired,
                                       const std::vector<Observed>& observed,
                                       const std::map<std::string, Service>& old_specs,
                                       const Options& options) {
  if (auto known = check_names(desired, options); !known) return known.error();
  auto graph = Graph::make(desired);
  if (!graph) return graph.error();

  std::set<std::string> selected(options.services.begin(), options.services.end());
  if (options.services.empty()) {
    selected.insert(graph->order().begin(), graph->order().end());
  } else if (!options.no_deps) {
    selected = graph->closure(options.services);
  }

  std::map<std::string_view, std::map<std::uint32_t, const Observed*>> by_service;
  for (const auto& one : observed) by_service[one.id.service][one.id.index] = &one;

  std::vector<Action> removals;  // in order of dependency; reversed at the end
  std::vector<Action> rest;
  for (const auto& name : graph->order()) {
    const Service& service = desired.services.at(name);
    const auto& now = by_service[name];
    if (!selected.contains(name)) {
      // Not asked for; here only in case a dependency takes it along.
      for (const auto& [index, one] : now) {
        if (one->active) rest.push_back({Verb::keep, one->id, "not selected"});
      }
      continue;
    }
    const auto scale = options.scale.find(name);
    const std::uint32_t wanted = scale == options.scale.end() ? service.replicas : scale->second;
    if (wanted > model::most_replicas) {
      return Error(ErrorKind::invalid, "cannot bring up " + name + ": it cannot have " +
                                           std::to_string(wanted) + " replicas (accepted: 0 to " +
                                           std::to_string(model::most_replicas) + ")");
    }
    ServicePlan plan(service, options, old_specs);
    for (std::uint32_t index = 1; index <= wanted; ++index) {
      const auto one = now.find(index);
      rest.push_back(plan.judge({name, index}, one == now.end() ? nullptr : one->second));
    }
    for (auto one = now.upper_bound(wanted); one != now.end(); ++one) {
      removals.push_back(
          {Verb::remove, one->second->id, "scaled down to " + std::to_string(wanted)});
    }
  }
  if (!options.no_deps && !options.no_recreate) spread_restarts(desired, rest);
  std::erase_if(rest,
                [](const Action& a) { return a.verb == Verb::keep && a.why == "not selected"; });

  std::vector<Action> orphans;
  const std::set<std::string_view> disabled(desired.disabled.begin(), desired.disabled.end());
  for (const auto& [name, replicas] : by_service) {
    if (desired.services.contains(std::string(name)) || disabled.contains(name)) continue;
    for (const auto& [index, one] : replicas) {
      if (options.remove_orphans) {
        orphans.push_back({Verb::remove, one->id, "not in the file"});
      } else {
        rest.push_back({Verb::orphan, one->id, "not in the file"});
      }
    }
  }

  // Orphans in the order of the services as they were started.
  std::map<std::string, const Service*> old;
  for (const auto& [name, service] : old_specs) old[name] = &service;
  const Graph old_graph = Graph::lenient(old);
  const auto& old_order = old_graph.order();
  std::map<std::string_view, std::size_t> rank;
  for (std::size_t i = 0; i < old_order.size(); ++i) rank[old_order[i]] = i;
  std::stable_sort(orphans.begin(), orphans.end(), [&](const Action& a, const Action& b) {
    return rank[a.id.service] < rank[b.id.service];
  });
  // What runs but is in no file may depend on what is in it; so it goes first.
  removals.insert(removals.end(), orphans.begin(), orphans.end());
  std::reverse(removals.begin(), removals.end());
  removals.insert(removals.end(), rest.begin(), rest.end());
  return removals;
}

}  // namespace consort::plan
