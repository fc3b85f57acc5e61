// `up` and `plan`: from a project to what must be done, and doing it.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/base/text.h"
#include "core/engine/supervisor_impl.h"
#include "core/engine/targets.h"

namespace consort::engine {
namespace {

using base::Error;
using base::ErrorKind;
using model::State;
using plan::Verb;

Replica::Origin fresh(Replica::Origin origin) {
  origin.fresh = true;
  return origin;
}

// A line each; of the kind of all of them, or `invalid` where they differ.
Error joined(const Problems& problems) {
  std::vector<std::string> lines;
  ErrorKind kind = problems.front().kind();
  for (const auto& problem : problems) {
    lines.push_back(problem.message());
    if (problem.kind() != kind) kind = ErrorKind::invalid;
  }
  return Error(kind, base::join(lines, "\n"));
}

bool starts(Verb verb) {
  return verb == Verb::create || verb == Verb::start || verb == Verb::replace;
}

// Those of one level depend only on those of the levels before it.
std::vector<std::vector<std::shared_ptr<Replica>>> levels(
    const model::Project& project, std::vector<std::shared_ptr<Replica>> replicas) {
  std::vector<std::vector<std::shared_ptr<Replica>>> all;
  const auto graph = plan::Graph::make(project);
  if (!graph) return {std::move(replicas)};  // the plan has told it
  std::map<std::string, std::size_t, std::less<>> depths;
  for (const auto& service : graph->order()) {
    std::size_t& depth = depths[service];
    for (const auto& other : graph->dependencies(service)) {
      depth = std::max(depth, depths[other] + 1);
    }
  }
  for (auto& replica : replicas) {
    const std::size_t depth = depths[replica->id().service];
    if (all.size() <= depth) all.resize(depth + 1);
    all[depth].push_back(std::move(replica));
  }
  return all;
}

}  // namespace

// By what is aimed at: a replica that is just being replaced counts as what it will be.
std::vector<plan::Observed> Supervisor::Impl::observed(const Outdated& outdated) const {
  std::vector<plan::Observed> all;
  for (const auto& [id, replica] : replicas_) {
    if (replica->one_off()) continue;
    const auto& machine = replica->machine();
    const auto order = orders_.find(id);
    bool active = machine.state != State::exited && machine.state != State::failed &&
                  machine.state != State::stopped;
    if (machine.state == State::stopping) {
      active = machine.after == After::pending || machine.after == After::restarted;
    }
    // Told to stop, but not yet: the command that comes now may still think better of it.
    if (order != orders_.end() && !order->second.issued) active = true;
    plan::Observed one;
    one.id = id;
    one.hash = replica->target_hash();
    one.runtime = replica->target().runtime;
    one.active = active;
    one.done = machine.state == State::exited && machine.exit && machine.exit->success();
    if (const auto why = outdated.find(replica->instance()); why != outdated.end()) {
      one.outdated = why->second;
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::map<std::string, model::Service> Supervisor::Impl::old_specs() const {
  std::map<std::string, model::Service> specs;
  for (const auto& [id, replica] : replicas_) {
    if (!replica->one_off()) specs.try_emplace(id.service, replica->target());
  }
  return specs;
}

Result<std::vector<plan::Action>> Supervisor::Impl::plan(const model::Project& project,
                                                         const plan::Options& options,
                                                         const Outdated& outdated) const {
  return plan::diff(project, observed(outdated), old_specs(), options);
}

asio::awaitable<Result<std::vector<plan::Action>>> Supervisor::Impl::foresee(
    model::Project project, plan::Options options) {
  auto actions = plan(project, options);
  if (!actions || options.no_recreate) co_return actions;
  std::set<std::string> starting, kept;
  for (const auto& action : *actions) {
    if (action.verb == Verb::keep) kept.insert(action.id.service);
    if (starts(action.verb)) starting.insert(action.id.service);
  }
  Preparation how;
  how.looks = true;
  const auto outdated =
      co_await prepare_project(parts_.drivers, project, std::move(starting), std::move(kept), how);
  if (outdated) actions = plan(project, options, *outdated);
  co_return actions;
}

// Part of the project, and holds it: nothing is copied.
Replica::Origin Supervisor::Impl::origin_of(const ProjectPtr& project, const std::string& service) {
  Replica::Origin origin;
  origin.project = project->name;
  origin.service = ServicePtr(project, &project->services.at(service));
  origin.hash = model::change_hash(*origin.service);
  origin.inherited = EnvironmentPtr(project, &project->host_environment);
  return origin;
}

asio::awaitable<Result<void>> Supervisor::Impl::check(std::vector<Requirement> wanted,
                                                      PortSet freed) {
  std::ranges::stable_sort(wanted, {}, [](const Requirement& one) {
    const auto& where = one.origin.service->where;
    return std::tie(where.file, where.line);
  });
  const auto problems = co_await check_requirements(workshop_, std::move(wanted), std::move(freed));
  if (!problems) co_return problems.error();
  if (problems->empty()) co_return Result<void>{};
  co_return joined(*problems);
}

// Where runtimes must say what they still run, those that cannot be used are told at their lines
// and not as what they left.
Problems Supervisor::Impl::unusable_runtimes(const std::vector<plan::Action>& actions,
                                             const Origins& origins) {
  Problems problems;
  if (!strays_.suspected()) return problems;
  std::set<std::string> seen;
  for (const auto& action : actions) {
    if (!starts(action.verb) || !seen.insert(action.id.service).second) continue;
    const auto& service = *origins.at(action.id.service).service;
    const auto driver = parts_.drivers.driver(service.runtime, service.runtime_where);
    if (!driver) problems.push_back(driver.error());
  }
  return problems;
}

// Everything that can be known and made before anything starts, stops or is replaced.
asio::awaitable<Result<Outdated>> Supervisor::Impl::prepare(
    const UpRequest& request, ProjectPtr project, const std::vector<plan::Action>& actions,
    const Origins& origins) {
  const Preparing preparing(preparing_);
  if (const auto unusable = unusable_runtimes(actions, origins); !unusable.empty()) {
    co_return joined(unusable);
  }
  auto ended = co_await end_strays(request.stop_timeout);
  if (!ended) co_return ended.error().wrap("cannot bring up the project");
  std::vector<Requirement> wanted;
  PortSet freed;
  std::set<std::string> seen, kept;
  for (const auto& action : actions) {
    if (action.verb == Verb::keep) kept.insert(action.id.service);
    if (const Replica* replica = find(action.id);
        replica != nullptr && (action.verb == Verb::replace || action.verb == Verb::remove)) {
      freed.merge(ports_of(replica->service()));
    }
    if (!starts(action.verb) || !seen.insert(action.id.service).second) continue;
    wanted.push_back({action.id, origins.at(action.id.service)});
  }
  auto checked = co_await check(std::move(wanted), std::move(freed));
  if (!checked) co_return checked.error();
  Preparation how = request.preparation;
  if (request.options.no_recreate) how.replaces = false;
  co_return co_await prepare_project(parts_.drivers, *project, std::move(seen), std::move(kept),
                                     how);
}

// What `up` and `create` begin with: the plan, checked and prepared, and the project recorded.
// `what` is what an error says cannot be done.
asio::awaitable<Result<Supervisor::Impl::Begun>> Supervisor::Impl::begin(UpRequest& request,
                                                                         std::string what) {
  auto actions = plan(request.project, request.options);
  if (!actions) co_return actions.error();
  Begun begun;
  begun.project = std::make_shared<const model::Project>(std::move(request.project));
  const model::Project& project = *begun.project;
  for (const auto& [name, unused] : project.services) {
    begun.origins[name] = origin_of(begun.project, name);
  }
  const Beginning beginning(*this);
  auto prepared = co_await prepare(request, begun.project, *actions, begun.origins);
  if (!prepared) co_return prepared.error();
  if (closing_) co_return Error(ErrorKind::unavailable, what + ": the supervisor ends");
  if (beginning.interruptions() != interruptions_) {
    co_return Error(ErrorKind::conflict, what + ": it was stopped meanwhile");
  }
  // Things may have happened while it was checked.
  actions = plan(project, request.options, *prepared);
  if (!actions) co_return actions.error();
  if (auto recorded = parts_.journal.put_project(project); !recorded) {
    co_return recorded.error().wrap(what);
  }
  project_ = begun.project;
  begun.actions = std::move(*actions);
  co_return begun;
}

asio::awaitable<Result<Outcome>> Supervisor::Impl::up(UpRequest request) {
  std::string what = "cannot bring up the project";
  auto begun = co_await begin(request, std::move(what));
  if (!begun) co_return begun.error();
  cancel_operations(Operation::Kind::up, "cannot go on: a newer up has taken over");
  const auto work = operation(Operation::Kind::up);
  if (request.wait == Wait::ready) work->end_with_first_failure();
  {
    Batch batch(*this);
    auto orders = apply(request, begun->actions, begun->origins, *work);
    order_stops(std::move(orders));
  }
  work->outcome().actions = std::move(begun->actions);
  if (request.wait == Wait::none) {
    std::erase(operations_, work);
    co_return std::move(work->outcome());
  }
  co_return co_await finish(work, request.wait_timeout);
}

// As `up` would, but nothing starts and nothing that runs stops.
asio::awaitable<Result<Outcome>> Supervisor::Impl::create(UpRequest request) {
  std::string what = "cannot create the services";
  request.preparation.replaces = false;
  auto begun = co_await begin(request, std::move(what));
  if (!begun) co_return begun.error();
  Outcome outcome;
  std::vector<ReplicaPtr> made;
  {
    Batch batch(*this);
    for (const auto& action : begun->actions) {
      const auto& id = action.id;
      const ReplicaPtr replica = find(id) ? find(id)->shared_from_this() : nullptr;
      if (action.verb == Verb::create) {
        made.push_back(add(id, begun->origins.at(id.service)));
        made.back()->post(event::Stop{After::stopped, std::nullopt, ""});
      } else if (action.verb == Verb::replace && !replica->machine().present &&
                 settled(replica->machine())) {
        replica->aim(fresh(begun->origins.at(id.service)));
        made.push_back(replica);
      } else if (action.verb == Verb::orphan) {
        outcome.actions.push_back(action);
      }
      if (!made.empty() && made.back()->id() == id) outcome.actions.push_back(action);
    }
  }
  // Dependencies first: what shares another's network or volumes is made of what is there.
  for (const auto& level : levels(*begun->project, std::move(made))) {
    const auto round = std::make_shared<Round>(executor_);
    for (const auto& replica : level) tasks_.spawn("create", create_one(replica, round->part()));
    auto failures = co_await Round::over(round);
    std::ranges::move(failures, std::back_inserter(outcome.failures));
  }
  co_return outcome;
}

// One that could not be made is no more.
asio::awaitable<void> Supervisor::Impl::create_one(ReplicaPtr replica, Round::Part part) {
  auto created = co_await replica->create();
  if (created) co_return;
  const std::string place = model::to_string(replica->target().where);
  part.fail({replica->id(), (place.empty() ? "" : place + ": ") + "cannot create " +
                                model::to_string(replica->id()) + ": " +
                                created.error().message()});
  if (replica->machine().state == State::stopped) {
    replica->post(event::Stop{After::removed, std::nullopt, ""});
  }
}

// Carries out the plan as far as it needs no other replica; returns the stops.
Supervisor::Impl::Orders Supervisor::Impl::apply(const UpRequest& request,
                                                 const std::vector<plan::Action>& actions,
                                                 const Origins& origins, Operation& operation) {
  Orders orders;
  const Targets targets(*project_, request.wait);
  const auto mode = request.options.no_deps ? Gate::Mode::none : Gate::Mode::all;
  for (const auto& action : actions) {
    const auto& id = action.id;
    const auto found = origins.find(id.service);
    const Replica::Origin* origin = found == origins.end() ? nullptr : &found->second;
    Replica* replica = find(id);
    switch (action.verb) {
      case Verb::create:
        modes_[id] = mode;
        add(id, *origin);
        await(operation, id, {targets.of(id.service), 1});
        break;
      case Verb::start:
        modes_[id] = mode;
        replica->aim(*origin);
        gate_.leave(id);
        replica->post(event::Want{});
        await(operation, id, {targets.of(id.service), 0});
        break;
      case Verb::replace:
        modes_[id] = mode;
        replica->aim(fresh(*origin));
        await(operation, id, {targets.of(id.service), replica->machine().generation + 1});
        orders.push_back({id, {After::pending, request.stop_timeout, false}});
        break;
      case Verb::keep:
        if (replica->target_hash() == origin->hash) replica->refresh(*origin);
        cancel_order(id);
        gate_.leave(id);
        if (replica->machine().state == State::pending) modes_[id] = mode;
        replica->post(event::Want{});
        await(operation, id, {targets.of(id.service), 0});
        break;
      case Verb::remove:
        await(operation, id, {Target::gone, 0});
        orders.push_back({id, {After::removed, request.stop_timeout, false}});
        break;
      case Verb::orphan:
        break;
    }
  }
  return orders;
}

}  // namespace consort::engine
