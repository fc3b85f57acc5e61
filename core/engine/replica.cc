#include "core/engine/replica.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/engine/prober.h"

namespace consort::engine {
namespace {

using base::Error;
using base::ErrorKind;
using model::State;

std::string address(const model::PublishedPort& port) {
  const std::string ip = port.host_ip.empty() ? "0.0.0.0" : port.host_ip;
  const bool v6 = ip.find(':') != std::string::npos;
  return (v6 ? "[" + ip + "]" : ip) + ":" + std::to_string(port.published) + "->" +
         std::to_string(port.target) + "/" + port.protocol;
}

}  // namespace

Replica::Replica(const Workshop& workshop, ReplicaOwner& owner, model::ReplicaId id, Origin origin)
    : workshop_(workshop),
      owner_(&owner),
      id_(std::move(id)),
      origin_(std::move(origin)),
      target_(origin_) {}

Replica::~Replica() = default;

void Replica::restore(const ReplicaRecord& record) {
  instance_ = record.status.instance;
  handle_ = record.handle;
  pid_ = record.status.pid;
  if (!instance_.empty()) command_ = record.status.command;
  started_at_ = record.status.started_at;
  past_ = record.past;
  if (!past_.empty()) {
    if (auto found = driver()) {
      for (const auto& instance : past_) untidied_.push_back({instance, *found});
    }
  }
  if (!instance_.empty()) owner_->instance_begins(*this, instance_);
  Step step = engine::restore(
      record, {workshop_.clock.steady(), workshop_.clock.wall(), workshop_.timers.jitter()});
  machine_ = std::move(step.machine);
  for (const auto& effect : step.effects) {
    std::visit([this](const auto& what) { apply(what); }, effect);
  }
}

bool Replica::has(const std::string& instance) const {
  return instance == instance_ || std::ranges::find(past_, instance) != past_.end();
}

void Replica::aim(Origin origin) { target_ = std::move(origin); }

void Replica::refresh(Origin origin) {
  origin_.service = origin.service;
  aim(std::move(origin));
}

void Replica::post(Event event) {
  mailbox_.push_back(std::move(event));
  if (stepping_ || owner_ == nullptr) return;
  stepping_ = true;
  const Self self = shared_from_this();  // a step may end with nobody else holding it
  while (!mailbox_.empty() && owner_ != nullptr) {
    const Event next = std::move(mailbox_.front());
    mailbox_.pop_front();
    const Instant at{workshop_.clock.steady(), workshop_.clock.wall(), workshop_.timers.jitter()};
    Step step = engine::step(std::move(machine_), next, *origin_.service, at);
    machine_ = std::move(step.machine);
    for (const auto& effect : step.effects) {
      std::visit([this](const auto& what) { apply(what); }, effect);
    }
  }
  stepping_ = false;
  if (owner_ != nullptr) owner_->changed(*this);
}

void Replica::close() {
  apply(effect::CancelTimer{});
  apply(effect::StopProbing{});
  owner_ = nullptr;
  mailbox_.clear();
}

model::ReplicaStatus Replica::status() const {
  model::ReplicaStatus status;
  const auto& service = instance_.empty() ? *target_.service : *origin_.service;
  status.id = id_;
  status.instance = instance_;
  status.runtime = service.runtime;
  status.state = machine_.state;
  status.health = machine_.health.health;
  status.generation = machine_.generation;
  status.restarts = machine_.restarts;
  status.reason = machine_.reason;
  status.last_exit = machine_.exit;
  status.pid = machine_.present ? pid_ : 0;
  status.started_at = started_at_;
  status.command = command_.empty() ? base::join(service.argv, " ") : command_;
  for (const auto& port : ports_.empty() ? service.ports : ports_) {
    status.ports.push_back(address(port));
  }
  status.one_off = origin_.one_off;
  status.paused = machine_.paused;
  return status;
}

plan::Standing Replica::standing() const {
  plan::Standing standing;
  standing.state = machine_.state;
  standing.health = machine_.health.health;
  standing.checked =
      target_.service->healthcheck.has_value() || machine_.health.health != model::Health::none;
  standing.started = machine_.started;
  standing.settled = settled(machine_);
  standing.success = machine_.exit && machine_.exit->success();
  if (machine_.state == State::failed) {
    standing.outcome = machine_.reason;
  } else if (machine_.exit) {
    standing.outcome = model::to_string(*machine_.exit);
    if (!machine_.reason.empty()) standing.outcome += " (" + machine_.reason + ")";
  }
  if (machine_.health.health == model::Health::unhealthy) standing.outcome = machine_.reason;
  standing.stuck = machine_.state == State::unknown && machine_.stuck;
  if (standing.stuck) standing.outcome = machine_.reason;
  return standing;
}

base::Result<runtime::Driver*> Replica::driver() const {
  return workshop_.drivers.driver(origin_.service->runtime, origin_.service->runtime_where);
}

runtime::Task Replica::task(const Origin& origin, const model::ReplicaId& id,
                            const std::string& instance, std::string directory) {
  runtime::Task task;
  task.instance = instance;
  task.project = origin.project;
  task.index = id.index;
  task.instance_dir = std::move(directory);
  task.service = *origin.service;
  task.fresh = origin.fresh;
  task.one_off = origin.one_off;
  // What runs elsewhere has an environment of its own: this machine's PATH or HOME would break it.
  const auto& runtime = origin.service->runtime;
  if (origin.inherited && runtime != "container" && runtime != "remote") {
    task.environment = *origin.inherited;
  }
  for (const auto& [name, value] : origin.service->environment) task.environment[name] = value;
  task.environment["CONSORT_PROJECT"] = origin.project;
  task.environment["CONSORT_SERVICE"] = id.service;
  task.environment["CONSORT_REPLICA"] = std::to_string(id.index);
  task.environment["CONSORT_INSTANCE"] = origin.project + "/" + instance;
  return task;
}

void Replica::publish(std::string type, std::string action, std::string message) {
  model::Event event;
  event.type = std::move(type);
  event.service = id_.service;
  event.index = id_.index;
  event.action = std::move(action);
  event.message = std::move(message);
  if (event.type == "state" || event.type == "health") event.status = status();
  workshop_.events.publish(std::move(event));
}

base::Result<void> Replica::record() {
  ReplicaRecord record;
  record.status = status();
  record.handle = handle_;
  record.wanted_running = machine_.wanted;
  record.one_off = origin_.one_off;
  // While nothing of it runs, what counts is what it is to become.
  const Origin& origin = machine_.state == State::pending ? target_ : origin_;
  record.hash = origin.hash;
  record.service = origin.service;
  record.past = past_;
  return workshop_.journal.put_replica(record);
}

Error Replica::cannot_start(const Error& error) const {
  const std::string place = model::to_string(target_.service->where);
  return error.wrap((place.empty() ? "" : place + ": ") + "cannot start " + model::to_string(id_));
}

}  // namespace consort::engine
