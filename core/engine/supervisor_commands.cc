// The commands on what is there already: down, start, stop, restart, kill, wait.
#include <algorithm>
#include <csignal>
#include <cstring>

#include "core/engine/supervisor_impl.h"
#include "core/engine/targets.h"
#include "core/plan/graph.h"

namespace consort::engine {
namespace {

using base::Error;
using base::ErrorKind;
using model::ReplicaId;
using model::State;

// "kill", "9" and "SIGKILL" are one.
std::string canonical_signal(const std::string& signal) {
  if (signal.empty()) return "SIGKILL";
  std::string name = signal;
  if (std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) {
    const char* known = name.size() < 4 ? ::sigabbrev_np(std::stoi(name)) : nullptr;
    return known ? "SIG" + std::string(known) : name;
  }
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name.starts_with("SIG") ? name : "SIG" + name;
}

bool runs(const Machine& machine) {
  return machine.state == State::running || machine.state == State::starting;
}

}  // namespace

asio::awaitable<Result<Outcome>> Supervisor::Impl::down(std::optional<base::Duration> timeout,
                                                        std::vector<std::string> services) {
  ++interruptions_;
  if (services.empty()) {
    cancel_operations(Operation::Kind::up, "cannot go on: the project is being taken down");
    auto ended = co_await end_strays(timeout);
    if (!ended) co_return ended.error().wrap("cannot take down the project");
  }
  const auto work = operation(Operation::Kind::stop);
  {
    Batch batch(*this);
    Orders orders;
    for (const auto& [id, replica] : replicas_) {
      const bool named = std::ranges::find(services, id.service) != services.end();
      if (!services.empty() && !named) continue;
      orders.push_back({id, {After::removed, timeout, false}});
      await(*work, id, {Target::gone, 0});
      work->outcome().actions.push_back({plan::Verb::remove, id, ""});
    }
    order_stops(std::move(orders));
  }
  auto waited = co_await work->wait(work);
  if (!waited) co_return waited.error();
  if (!closing_ && replicas_.empty()) project_.reset();
  co_return std::move(work->outcome());
}

asio::awaitable<Result<Outcome>> Supervisor::Impl::stop(Selection selection,
                                                        std::optional<base::Duration> timeout) {
  auto selected = select(selection, "stop");
  if (!selected) co_return selected.error();
  ++interruptions_;
  const auto work = operation(Operation::Kind::stop);
  {
    Batch batch(*this);
    Orders orders;
    for (const Replica* replica : *selected) {
      orders.push_back({replica->id(), {After::stopped, timeout, false}});
      await(*work, replica->id(), {Target::stopped, 0});
    }
    order_stops(std::move(orders));
  }
  co_return co_await finish(work);
}

// What is selected, and what of its dependencies does not run and has not done its work.
asio::awaitable<Result<Outcome>> Supervisor::Impl::start(Selection selection, Wait wait) {
  auto selected = select(selection, "start");
  if (!selected) co_return selected.error();
  if (!project_) co_return Error(ErrorKind::not_found, "cannot start: there is no project yet");
  std::map<ReplicaId, Replica*> chosen;
  std::vector<std::string> names;
  for (Replica* replica : *selected) {
    if (runs(replica->machine()) && replica->machine().wanted) continue;
    chosen[replica->id()] = replica;
    names.push_back(replica->id().service);
  }
  std::map<std::string, const model::Service*> services;
  for (const auto& [id, replica] : replicas_) services[id.service] = &replica->target();
  const auto needed = plan::Graph::lenient(services).closure(names);
  for (const auto& [id, replica] : replicas_) {
    if (!needed.contains(id.service) || replica->one_off()) continue;
    const auto& machine = replica->machine();
    const bool done = machine.state == State::exited && machine.exit && machine.exit->success();
    if (settled(machine) && machine.state != State::running && !done) chosen[id] = replica.get();
  }

  std::vector<Requirement> wanted;
  std::set<std::string> seen;
  for (const auto& [id, replica] : chosen) {
    if (!seen.insert(id.service).second) continue;
    Replica::Origin origin = replica->next();
    wanted.push_back({id, std::move(origin)});
  }
  const auto interruptions = interruptions_;
  const ProjectPtr project = project_;
  {
    const Preparing preparing(preparing_);
    auto checked = co_await check(std::move(wanted), PortSet());
    if (!checked) co_return checked.error();
  }
  if (closing_ || interruptions != interruptions_) {
    co_return Error(ErrorKind::conflict, "cannot start: it was stopped meanwhile");
  }
  const auto work = operation(Operation::Kind::up);
  if (wait == Wait::ready) work->end_with_first_failure();
  const Targets targets(*project, wait);
  {
    Batch batch(*this);
    for (const auto& [id, unused] : chosen) {
      Replica* replica = find(id);
      if (replica == nullptr) continue;
      modes_[id] = Gate::Mode::all;
      cancel_order(id);
      replica->post(event::Want{});
      await(*work, id, {targets.of(id.service), 0});
      work->outcome().actions.push_back({plan::Verb::start, id, ""});
    }
    order_stops({});
  }
  if (wait == Wait::none) {
    std::erase(operations_, work);
    co_return std::move(work->outcome());
  }
  co_return co_await finish(work);
}

// Dependents that ask for it (`restart: true`) go along, and theirs.
asio::awaitable<Result<Outcome>> Supervisor::Impl::restart(Selection selection,
                                                           std::optional<base::Duration> timeout,
                                                           bool no_deps) {
  auto selected = select(selection, "restart");
  if (!selected) co_return selected.error();
  std::set<ReplicaId> chosen;
  std::vector<std::string> open;
  for (const Replica* replica : *selected) {
    chosen.insert(replica->id());
    open.push_back(replica->id().service);
  }
  std::set<std::string> spread(open.begin(), open.end());
  while (!no_deps && !open.empty()) {
    const std::string service = std::move(open.back());
    open.pop_back();
    for (const auto& [id, replica] : replicas_) {
      const auto& depends_on = replica->target().depends_on;
      const auto dependency = depends_on.find(service);
      if (dependency == depends_on.end() || !dependency->second.restart) continue;
      if (replica->one_off() || settled(replica->machine()) != runs(replica->machine())) continue;
      chosen.insert(id);
      if (spread.insert(id.service).second) open.push_back(id.service);
    }
  }
  const auto work = operation(Operation::Kind::up);
  {
    Batch batch(*this);
    Orders orders;
    for (const auto& id : chosen) {
      modes_[id] = Gate::Mode::moving;
      orders.push_back({id, {After::pending, timeout, false}});
      await(*work, id, {Target::running, find(id)->machine().generation + 1});
      work->outcome().actions.push_back({plan::Verb::start, id, "restarted"});
    }
    order_stops(std::move(orders));
  }
  auto waited = co_await work->wait(work);
  if (!waited) co_return waited.error();
  if (!closing_) {
    for (const auto& id : chosen) {
      Replica* replica = find(id);
      if (replica != nullptr && replica->machine().started) {
        replica->publish("state", "restart", "");
      }
    }
  }
  co_return std::move(work->outcome());
}

// As Docker has it: a signal that ends a service ends it for good; any other leaves the restart
// policy alone. SIGKILL reaches the whole tree.
asio::awaitable<Result<Outcome>> Supervisor::Impl::kill(Selection selection, std::string signal) {
  auto selected = select(selection, "kill");
  if (!selected) co_return selected.error();
  signal = canonical_signal(signal);
  Outcome outcome;
  std::vector<ReplicaPtr> hold;
  for (Replica* replica : *selected) {
    if (replica->machine().present) hold.push_back(replica->shared_from_this());
  }
  if (signal == "SIGKILL") {
    ++interruptions_;
    const auto work = operation(Operation::Kind::stop);
    {
      Batch batch(*this);
      for (const auto& replica : hold) {
        const ReplicaId& id = replica->id();
        // In the middle of a `down` or a replacement it is that, only faster.
        After after = After::stopped;
        if (const auto order = orders_.find(id); order != orders_.end()) {
          after = order->second.after;
          order->second.issued = true;
        }
        if (after != After::pending) await(*work, id, {Target::stopped, 0});
        replica->publish("state", "kill", signal);
        replica->post(event::Stop{after, base::Duration{}, signal});
        note(id);
      }
    }
    co_return co_await finish(work);
  }
  for (const auto& replica : hold) {
    const auto& own = replica->service().stop_signal;
    const bool ends = signal == canonical_signal(own.value_or("SIGTERM"));
    if (ends) replica->post(event::Killed{});
    replica->publish("state", "kill", signal);
    auto driver = replica->driver();
    Result<void> sent = driver ? Result<void>{} : Result<void>{driver.error()};
    if (driver) sent = co_await (*driver)->signal(replica->instance(), signal);
    if (sent) continue;
    const std::string what = "cannot kill " + model::to_string(replica->id());
    outcome.failures.push_back({replica->id(), sent.error().wrap(what).message()});
  }
  co_return outcome;
}

asio::awaitable<void> Supervisor::Impl::pause_one(ReplicaPtr replica, bool paused,
                                                  Round::Part part) {
  const auto generation = replica->machine().generation;
  const auto driver = replica->driver();
  Result<void> done = driver ? Result<void>{} : Result<void>{driver.error()};
  if (driver) {
    if (paused) {
      done = co_await (*driver)->pause(replica->instance());
    } else {
      done = co_await (*driver)->unpause(replica->instance());
    }
  }
  if (done) co_return replica->post(event::Paused{generation, paused});
  const std::string name = model::to_string(replica->id());
  const std::string why = done.error().kind() == ErrorKind::unsupported
                              ? "runtime " + replica->service().runtime + " cannot do this"
                              : done.error().message();
  part.fail({replica->id(), (paused ? "cannot pause " : "cannot unpause ") + name + ": " + why});
}

asio::awaitable<Result<Outcome>> Supervisor::Impl::pause(Selection selection, bool paused) {
  auto selected = select(selection, paused ? "pause" : "unpause");
  if (!selected) co_return selected.error();
  Outcome outcome;
  const auto round = std::make_shared<Round>(executor_);
  for (Replica* replica : *selected) {
    const auto& machine = replica->machine();
    if (machine.state != State::running || machine.paused == paused) continue;
    tasks_.spawn("pause", pause_one(replica->shared_from_this(), paused, round->part()));
  }
  outcome.failures = co_await Round::over(round);
  co_return outcome;
}

asio::awaitable<Result<Outcome>> Supervisor::Impl::remove(Selection selection, bool stop,
                                                          bool volumes) {
  auto selected = select(selection, "remove");
  if (!selected) co_return selected.error();
  ++interruptions_;
  const auto work = operation(Operation::Kind::stop);
  {
    Batch batch(*this);
    Orders orders;
    for (Replica* replica : *selected) {
      const auto& machine = replica->machine();
      const bool ended = settled(machine) && machine.state != State::running;
      if (!ended && !stop) continue;
      if (volumes) replica->give_up_volumes();
      orders.push_back({replica->id(), {After::removed, std::nullopt, false}});
      await(*work, replica->id(), {Target::gone, 0});
      work->outcome().actions.push_back({plan::Verb::remove, replica->id(), ""});
    }
    order_stops(std::move(orders));
  }
  co_return co_await finish(work);
}

asio::awaitable<Result<model::ExitInfo>> Supervisor::Impl::wait(ReplicaId id) {
  if (find(id) == nullptr) {
    co_return Error(ErrorKind::not_found,
                    "cannot wait for " + model::to_string(id) + ": " + why_absent(id));
  }
  const auto work = operation(Operation::Kind::other);
  await(*work, id, {Target::ended, 0});
  auto waited = co_await work->wait(work);
  if (!waited) co_return waited.error();
  if (!work->exit()) {
    co_return Error(ErrorKind::failed,
                    "cannot tell how " + model::to_string(id) + " ended: it never ran");
  }
  co_return *work->exit();
}

}  // namespace consort::engine
