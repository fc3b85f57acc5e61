// What follows when a replica has changed: commands that wait for it, stops that waited for it, and
// starts that wait for it. Nothing else is looked at, so that the work stays with the edges.
#include "core/engine/supervisor_impl.h"

namespace consort::engine {

using model::ReplicaId;
using model::State;

void Supervisor::Impl::note(const ReplicaId& id) {
  noted_.push_back(id);
  if (batches_ == 0) settle();
}

void Supervisor::Impl::settle() {
  if (closing_) return noted_.clear();
  ++batches_;
  while (!noted_.empty()) {
    const ReplicaId id = std::move(noted_.front());
    noted_.pop_front();
    settle(id);
  }
  for (const auto& operation : operations_) operation->look_at_failures();
  operations_.remove_if([](const OperationPtr& one) { return one->done(); });
  --batches_;
}

void Supervisor::Impl::settle(const ReplicaId& id) {
  const auto entry = replicas_.find(id);
  const ReplicaPtr replica = entry == replicas_.end() ? nullptr : entry->second;
  settle_order(id, replica.get());
  const bool ordered = orders_.contains(id);
  for (auto operation = operations_.begin(); operation != operations_.end();) {
    (*operation)->look(id, replica.get(), ordered);
    operation = (*operation)->done() ? operations_.erase(operation) : std::next(operation);
  }
  if (replica) settle_gate(*replica);
  tell_dependents(id, replica.get());
}

// Is the stop of `id` complete? Then those that waited for it may go on.
void Supervisor::Impl::settle_order(const ReplicaId& id, const Replica* replica) {
  const auto order = orders_.find(id);
  if (order == orders_.end() || !order->second.issued) return;
  if (replica != nullptr && replica->machine().state == State::stopping) return;
  orders_.erase(order);
  const auto left = stopping_.find(id.service);
  if (left == stopping_.end() || --left->second > 0) return;
  stopping_.erase(left);
  for (const auto& service : stop_order_.stopped(id.service)) {
    for (auto next = orders_.lower_bound({service, 0});
         next != orders_.end() && next->first.service == service;) {
      const ReplicaId free = next->first;
      ++next;
      issue(free);
    }
  }
}

void Supervisor::Impl::settle_gate(Replica& replica) {
  const ReplicaId& id = replica.id();
  if (replica.machine().state != State::pending || orders_.contains(id)) return gate_.leave(id);
  if (gate_.waits(id)) return;
  const auto mode = modes_.find(id);
  decide(id, gate_.enter(id, replica.target().depends_on,
                         mode == modes_.end() ? Gate::Mode::all : mode->second,
                         [this](const std::string& service) { return look(service); }));
}

void Supervisor::Impl::tell_dependents(const ReplicaId& id, const Replica* replica) {
  if (replica == nullptr) {
    told_.erase(id);
  } else {
    if (replica->one_off()) return;
    const auto& machine = replica->machine();
    const Seen now{machine.state, machine.health.health, machine.started, machine.stuck,
                   orders_.contains(id)};
    const auto [told, first] = told_.try_emplace(id, now);
    if (!first && told->second == now) return;
    told->second = now;
  }
  for (const auto& [dependent, verdict] :
       gate_.changed(id.service, [this](const std::string& service) { return look(service); })) {
    decide(dependent, verdict);
  }
}

void Supervisor::Impl::decide(const ReplicaId& id, const plan::Verdict& verdict) {
  Replica* replica = find(id);
  if (replica == nullptr) return;
  switch (verdict.readiness) {
    case plan::Readiness::waiting:
      return replica->post(event::Blocked{verdict.why});
    case plan::Readiness::failed:
      return replica->post(event::Refuse{verdict.why});
    case plan::Readiness::ready:
      if (!verdict.why.empty())
        replica->publish("message", "", verdict.why + "; it is not required");
      return replica->post(event::Go{});
  }
}

std::vector<plan::Standing> Supervisor::Impl::look(const std::string& service) const {
  std::vector<plan::Standing> standings;
  for (auto entry = replicas_.lower_bound({service, 0});
       entry != replicas_.end() && entry->first.service == service; ++entry) {
    if (entry->second->one_off()) continue;
    plan::Standing standing = entry->second->standing();
    if (orders_.contains(entry->first)) {  // about to stop: not what it still seems to be
      standing.state = State::stopping;
      standing.settled = false;
    }
    standings.push_back(std::move(standing));
  }
  return standings;
}

void Supervisor::Impl::order_stops(Orders orders) {
  Batch batch(*this);
  for (const auto& [id, order] : orders) {
    // What stops already is told the new haste and aim at once.
    const bool stops = find(id)->machine().state == State::stopping;
    orders_[id] = order;
    orders_[id].issued = stops;
    if (stops) find(id)->post(event::Stop{order.after, order.grace, ""});
    gate_.leave(id);
    note(id);
  }
  rebuild_stop_order();
  std::vector<ReplicaId> free;
  for (const auto& [id, order] : orders_) {
    if (!order.issued && stop_order_.may_stop(id.service)) free.push_back(id);
  }
  for (const auto& id : free) issue(id);
}

void Supervisor::Impl::cancel_order(const ReplicaId& id) {
  const auto order = orders_.find(id);
  if (order == orders_.end() || order->second.issued) return;
  orders_.erase(order);
  note(id);
}

// By what runs, not by what is wanted: the old form of a service may depend on others.
void Supervisor::Impl::rebuild_stop_order() {
  std::map<std::string, const model::Service*> services;
  for (const auto& [id, replica] : replicas_) {
    if (!replica->one_off() || !services.contains(id.service)) {
      services[id.service] = &replica->service();
    }
  }
  stopping_.clear();
  std::set<std::string> names;
  for (const auto& [id, order] : orders_) {
    ++stopping_[id.service];
    names.insert(id.service);
  }
  stop_order_ = plan::StopOrder(plan::Graph::lenient(services), std::move(names));
}

void Supervisor::Impl::issue(const ReplicaId& id) {
  Order& order = orders_.at(id);
  if (std::exchange(order.issued, true)) return;
  find(id)->post(event::Stop{order.after, order.grace, ""});
  note(id);
}

}  // namespace consort::engine
