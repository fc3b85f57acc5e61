// What a replica does when its machine says so: every effect of machine.h, and the coroutines that
// carry them out. Each answer comes back as an event.
#include "core/base/text.h"
#include "core/engine/prober.h"
#include "core/engine/replica.h"

namespace consort::engine {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::asio::awaitable;

// Instances whose logs are kept beside the present one's.
constexpr std::size_t kept_past = 2;

}  // namespace

// Everything that must be there before the runtime is asked: directory and record.
base::Result<void> Replica::prepare(bool again) {
  if (!again) {
    if (!instance_.empty()) {
      past_.push_back(instance_);
      if (auto ran_by = driver()) untidied_.push_back({instance_, *ran_by});
    }
    origin_ = target_;
    target_.fresh = false;
    instance_ = id_.service + "-" + std::to_string(id_.index) + "-" + base::random_hex(6);
    handle_.clear();
    pid_ = 0;
    ports_.clear();
    command_.clear();
    started_at_ = {};
    owner_->instance_begins(*this, instance_);
  }
  auto directory = workshop_.directories.create(instance_);
  if (!directory) return directory.error();
  directory_ = std::move(*directory);
  return record();
}

void Replica::apply(const effect::Start& effect) {
  auto prepared = prepare(effect.again);
  if (!prepared) {
    // A full disk refuses what people ask for; what a policy asks for is tried again.
    const bool by_policy = machine_.restarts > 0;
    const Error& error = prepared.error();
    return post(event::StartFailed{
        effect.generation,
        Error(by_policy ? ErrorKind::unavailable : ErrorKind::failed, error.message())});
  }
  auto found = driver();
  if (!found) return post(event::StartFailed{effect.generation, found.error()});
  if (!effect.again) publish("state", "create", "");
  workshop_.tasks.spawn("start", start(shared_from_this(), effect.generation, *found,
                                       task(origin_, id_, instance_, directory_)));
}

awaitable<void> Replica::start([[maybe_unused]] Self self, std::uint64_t generation,
                               runtime::Driver* driver, runtime::Task task) {
  const std::string instance = task.instance;
  auto started = co_await driver->start(std::move(task));
  if (!started) {
    // What there may be of it is nobody's: the next start is of another instance. Not so where
    // nothing is known: that one is asked for again.
    if (started.error().kind() != ErrorKind::unavailable) {
      [[maybe_unused]] auto removed = co_await driver->remove(instance, runtime::Removal::forced);
    }
    post(event::StartFailed{generation, started.error()});
    co_return;
  }
  if (generation == machine_.generation) {
    handle_ = std::move(started->handle);
    pid_ = started->pid;
    ports_ = std::move(started->ports);
    command_ = std::move(started->command);
    started_at_ = workshop_.clock.wall();
  }
  post(event::Started{generation});
}

awaitable<Result<void>> Replica::create() {
  const Self self = shared_from_this();
  if (auto prepared = prepare(false); !prepared) co_return prepared.error();
  const auto found = driver();
  if (!found) co_return found.error();
  if ((*found)->has("consort.create/1")) {
    runtime::Task made = task(origin_, id_, instance_, directory_);
    auto created = co_await (*found)->create(std::move(made));
    if (!created) co_return created.error();
  }
  if (owner_ != nullptr) publish("state", "create", "");
  co_return Result<void>{};
}

void Replica::apply(const effect::StopInstance& effect) {
  auto found = driver();
  if (!found) {
    return post(
        event::StopDone{effect.generation, Error(ErrorKind::unavailable, found.error().message())});
  }
  workshop_.tasks.spawn("stop", stop(shared_from_this(), effect, *found));
}

awaitable<void> Replica::stop([[maybe_unused]] Self self, effect::StopInstance what,
                              runtime::Driver* driver) {
  auto stopped = co_await driver->stop(instance_, what.signal, what.grace);
  event::StopDone done{what.generation, std::nullopt};
  if (!stopped) done.error = stopped.error();
  post(std::move(done));
}

void Replica::apply(const effect::Attach& effect) {
  auto directory = workshop_.directories.create(instance_);
  if (!directory) return post(event::AttachFailed{effect.generation, directory.error()});
  directory_ = std::move(*directory);
  auto found = driver();
  if (!found) return post(event::AttachFailed{effect.generation, found.error()});
  workshop_.tasks.spawn("attach", attach(shared_from_this(), effect.generation, *found,
                                         task(origin_, id_, instance_, directory_)));
}

awaitable<void> Replica::attach([[maybe_unused]] Self self, std::uint64_t generation,
                                runtime::Driver* driver, runtime::Task task) {
  auto attached = co_await driver->attach(std::move(task), handle_);
  if (!attached) {
    post(event::AttachFailed{generation, attached.error()});
    co_return;
  }
  if (attached->presence == runtime::Presence::running && attached->pid != 0) {
    pid_ = attached->pid;
  }
  ports_ = std::move(attached->ports);
  if (!attached->command.empty()) command_ = attached->command;
  post(event::Attached{generation, std::move(*attached)});
}

void Replica::apply(const effect::ArmTimer& effect) {
  apply(effect::CancelTimer{});
  timer_ = workshop_.timers.start(effect.delay, [weak = weak_from_this(), token = effect.token] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_ = 0;
    self->post(event::TimerDue{token});
  });
}

void Replica::apply(const effect::CancelTimer&) {
  if (timer_ != 0) workshop_.timers.cancel(std::exchange(timer_, 0));
}

void Replica::apply(const effect::StartProbing& effect) {
  apply(effect::StopProbing{});
  auto found = driver();
  if (!found) return;
  prober_ = std::make_shared<Prober>(
      Prober::Parts{workshop_.tasks, workshop_.timers, workshop_.clock},
      *origin_.service->healthcheck, **found, instance_,
      [weak = weak_from_this(), generation = effect.generation](const ProbeResult& result) {
        const auto self = weak.lock();
        if (!self) return HealthState{};
        self->post(event::Probed{generation, result});
        return self->machine_.health;
      });
  prober_->start(machine_.health);
}

void Replica::apply(const effect::StopProbing&) {
  if (prober_) prober_->stop();
  prober_.reset();
}

void Replica::apply(const effect::Record&) {
  if (auto recorded = record(); !recorded) publish("message", "", recorded.error().message());
}

void Replica::apply(const effect::Publish& effect) {
  publish(effect.type, effect.action, effect.message);
}

// The runtimes let go of earlier instances; the logs of the last few stay.
void Replica::apply(const effect::Tidy&) {
  if (untidied_.empty()) return;
  workshop_.tasks.spawn("tidy", tidy(shared_from_this(), std::exchange(untidied_, {})));
}

awaitable<void> Replica::tidy([[maybe_unused]] Self self, std::vector<Leftover> ended) {
  for (const auto& [instance, ran_by] : ended) {
    auto removed = co_await ran_by->remove(instance, runtime::Removal::ended);
    if (!removed) publish("message", "", removed.error().message());
    if (owner_ != nullptr) owner_->instance_forgotten(instance);
  }
  while (past_.size() > kept_past) {
    workshop_.directories.remove(past_.front());
    past_.erase(past_.begin());
  }
}

void Replica::apply(const effect::Forget&) {
  std::vector<Leftover> left = std::exchange(untidied_, {});
  if (!instance_.empty()) {
    auto found = driver();
    if (!found) return post(event::Forgotten{found.error()});
    left.push_back({instance_, *found});
  }
  if (left.empty() && past_.empty()) return post(event::Forgotten{});
  workshop_.tasks.spawn("forget", forget(shared_from_this(), std::move(left)));
}

awaitable<void> Replica::forget([[maybe_unused]] Self self, std::vector<Leftover> left) {
  event::Forgotten forgotten;
  for (const auto& one : left) {
    auto removed = co_await one.driver->remove(one.instance, removal_);
    if (!removed) {
      forgotten.error = removed.error();
      if (one.instance != instance_) untidied_.push_back(one);
      continue;
    }
    if (owner_ != nullptr) owner_->instance_forgotten(one.instance);
    workshop_.directories.remove(one.instance);
    std::erase(past_, one.instance);
    if (one.instance == instance_) {
      instance_.clear();
      command_.clear();
    }
  }
  if (!forgotten.error) {
    for (const auto& instance : std::exchange(past_, {})) workshop_.directories.remove(instance);
  }
  post(std::move(forgotten));
}

void Replica::apply(const effect::Drop&) {
  auto dropped = workshop_.journal.drop_replica(id_);
  if (!dropped) publish("message", "", dropped.error().message());
  publish("state", "destroy", "");
  ReplicaOwner* owner = std::exchange(owner_, nullptr);
  owner->dropped(*this);
}

}  // namespace consort::engine
