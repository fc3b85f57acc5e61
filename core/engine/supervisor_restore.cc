// One-off replicas, and taking up what an earlier supervisor left.
#include <algorithm>

#include "core/engine/supervisor_impl.h"

namespace consort::engine {
namespace {

using base::Error;
using base::ErrorKind;
using model::ReplicaId;
using model::State;

// One-offs are numbered from here, out of the way of `--scale`.
constexpr std::uint32_t first_one_off = 10001;
// What a service gets to end whose own grace was lost with its record: Compose's default.
constexpr std::chrono::seconds stray_grace{10};

}  // namespace

void Supervisor::Impl::suspect(std::set<std::string> runtimes, bool lost) {
  strays_.suspect(std::move(runtimes), lost);
}

asio::awaitable<std::vector<ReplicaRecord>> Supervisor::Impl::complete(
    std::optional<model::Project> project, std::vector<ReplicaRecord> records) {
  std::set<std::string> known;
  for (const auto& record : records) {
    known.insert(record.status.instance);
    known.insert(record.past.begin(), record.past.end());
  }
  Strays::Known is_known = [&known](const std::string& instance) {
    return known.contains(instance);
  };
  const auto strays = co_await strays_.find(std::move(is_known));
  adopt_strays(project, records, strays);
  co_return records;
}

asio::awaitable<Result<void>> Supervisor::Impl::end_strays(std::optional<base::Duration> grace) {
  if (!strays_.suspected()) co_return Result<void>();
  Strays::Known known = [this](const std::string& instance) {
    return std::ranges::any_of(replicas_,
                               [&](const auto& one) { return one.second->has(instance); });
  };
  co_return co_await strays_.end(std::move(known), grace.value_or(stray_grace));
}

asio::awaitable<void> Supervisor::Impl::restore(std::optional<model::Project> project,
                                                std::vector<ReplicaRecord> records) {
  if (project) project_ = std::make_shared<const model::Project>(std::move(*project));
  const auto work = operation(Operation::Kind::other);
  {
    Batch batch(*this);
    for (const auto& record : records) {
      const ReplicaId& id = record.status.id;
      Replica::Origin origin;
      origin.project = project_ ? project_->name : "";
      origin.service = record.service;
      origin.hash = record.hash;
      if (project_) origin.inherited = EnvironmentPtr(project_, &project_->host_environment);
      origin.one_off = record.one_off;
      const auto replica = add(id, std::move(origin));
      replica->restore(record);
      // What waited, or was being replaced, becomes what the file asks for.
      const State state = record.status.state;
      if ((state == State::pending || state == State::stopping) && record.wanted_running &&
          !record.one_off && project_ && project_->services.contains(id.service)) {
        replica->aim(origin_of(project_, id.service));
      }
      await(*work, id, {Target::answered, 0});
    }
  }
  (void)co_await work->wait(work);
}

asio::awaitable<Result<model::ReplicaStatus>> Supervisor::Impl::run(RunRequest request) {
  const std::string name = request.service.name;
  ReplicaId id{name, first_one_off};
  Replica::Origin origin;
  origin.project = request.project.name;
  origin.service = std::make_shared<const model::Service>(std::move(request.service));
  origin.hash = model::change_hash(*origin.service);
  origin.inherited =
      std::make_shared<const std::map<std::string, std::string>>(request.project.host_environment);
  origin.one_off = true;

  const auto interruptions = interruptions_;
  {
    const Preparing preparing(preparing_);
    auto ended = co_await end_strays(std::nullopt);
    if (!ended) co_return ended.error().wrap("cannot run " + name);
    std::vector<Requirement> wanted;
    wanted.push_back({id, origin});
    auto checked = co_await check(std::move(wanted), PortSet());
    if (!checked) co_return checked.error();
    std::set<std::string> starting{name};
    Preparation how = request.preparation;
    how.replaces = false;
    auto prepared = co_await prepare_project(parts_.drivers, request.project, std::move(starting),
                                             std::set<std::string>(), how);
    if (!prepared) co_return prepared.error();
  }
  if (!request.no_deps && !origin.service->depends_on.empty()) {
    UpRequest dependencies;
    for (const auto& [dependency, how] : origin.service->depends_on) {
      if (request.project.services.contains(dependency)) {
        dependencies.options.services.push_back(dependency);
      }
    }
    dependencies.project = request.project;
    // What runs already is good enough for a one-off.
    dependencies.options.no_recreate = true;
    dependencies.wait = Wait::none;
    if (!dependencies.options.services.empty()) {
      auto started = co_await up(std::move(dependencies));
      if (!started) co_return started.error();
    }
  } else if (!project_) {
    if (auto recorded = parts_.journal.put_project(request.project); !recorded) {
      co_return recorded.error().wrap("cannot run " + name);
    }
    project_ = std::make_shared<const model::Project>(std::move(request.project));
  }
  if (closing_ || interruptions != interruptions_) {
    co_return Error(ErrorKind::conflict, "cannot run " + name + ": it was stopped meanwhile");
  }
  while (replicas_.contains(id)) ++id.index;
  const auto work = operation(Operation::Kind::other);
  {
    Batch batch(*this);
    modes_[id] = request.no_deps ? Gate::Mode::none : Gate::Mode::all;
    add(id, std::move(origin));
    await(*work, id, {Target::running, 1});
  }
  auto waited = co_await work->wait(work);
  if (!waited) co_return waited.error();
  const Replica* replica = find(id);
  if (replica == nullptr) {
    co_return Error(ErrorKind::conflict, "cannot run " + name + ": it was removed meanwhile");
  }
  auto status = replica->status();
  if (!status.last_exit && !work->outcome().failures.empty()) {
    auto why = work->outcome().failures.front().message;
    auto removed = co_await remove_one_off_id(id);
    co_return Error(ErrorKind::failed, std::move(why));
  }
  co_return status;
}

asio::awaitable<Result<void>> Supervisor::Impl::remove_one_off(std::string instance) {
  for (const auto& [id, replica] : replicas_) {
    if (!replica->one_off() || replica->instance() != instance) continue;
    const ReplicaId found = id;
    co_return co_await remove_one_off_id(found);
  }
  co_return Error(ErrorKind::not_found, "cannot remove " + instance + ": there is no such one-off");
}

asio::awaitable<Result<void>> Supervisor::Impl::remove_one_off_id(ReplicaId id) {
  const auto work = operation(Operation::Kind::stop);
  {
    Batch batch(*this);
    await(*work, id, {Target::gone, 0});
    order_stops({{id, {After::removed, std::nullopt, false}}});
  }
  auto waited = co_await work->wait(work);
  if (!waited) co_return waited.error();
  if (!work->outcome().failures.empty()) {
    co_return Error(ErrorKind::failed, work->outcome().failures.front().message);
  }
  co_return Result<void>{};
}

}  // namespace consort::engine
