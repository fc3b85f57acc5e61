#include "core/engine/supervisor.h"

#include "core/base/text.h"
#include "core/engine/asio_timers.h"
#include "core/engine/supervisor_impl.h"

namespace consort::engine {

using base::Error;
using base::ErrorKind;
using model::ReplicaId;
using model::State;

Supervisor::Impl::Impl(asio::any_io_executor executor, Parts parts)
    : executor_(executor),
      parts_(parts),
      own_timers_(parts.timers ? nullptr : std::make_unique<AsioTimers>(executor)),
      tasks_(executor,
             [this](std::string_view task, std::exception_ptr failure) {
               std::string why = "unknown exception";
               try {
                 std::rethrow_exception(failure);
               } catch (const std::exception& e) {
                 why = e.what();
               } catch (...) {
               }
               model::Event event;
               event.type = "supervisor";
               event.message = "cannot complete the task " + std::string(task) + ": " + why;
               parts_.events.publish(std::move(event));
             }),
      workshop_{tasks_,           parts.clock,   parts.timers ? *parts.timers : *own_timers_,
                parts.drivers,    parts.journal, parts.events,
                parts.directories} {}

void Supervisor::Impl::instance_begins(Replica& replica, const std::string& instance) {
  instances_[instance] = replica.weak_from_this();
}

void Supervisor::Impl::dropped(Replica& replica) {
  const ReplicaId id = replica.id();
  gate_.leave(id);
  modes_.erase(id);
  replicas_.erase(id);
  note(id);
}

Replica* Supervisor::Impl::find(const ReplicaId& id) const {
  const auto entry = replicas_.find(id);
  return entry == replicas_.end() ? nullptr : entry->second.get();
}

Supervisor::Impl::ReplicaPtr Supervisor::Impl::add(const ReplicaId& id, Replica::Origin origin) {
  auto replica = std::make_shared<Replica>(workshop_, *this, id, std::move(origin));
  replicas_[id] = replica;
  return replica;
}

// Why no replica of a service is there.
std::string Supervisor::Impl::why_absent(const std::string& service) const {
  if (!project_) return "there is no such service";
  if (project_->services.contains(service)) return "it has not been brought up";
  return model::absence(*project_, service);
}

// Why this one is not there.
std::string Supervisor::Impl::why_absent(const ReplicaId& id) const {
  const auto other = replicas_.lower_bound({id.service, 0});
  const bool others = other != replicas_.end() && other->first.service == id.service;
  return others ? "there is none of this number" : why_absent(id.service);
}

// The replicas that a command means: not the one-offs, unless all of one service's are asked for by
// index.
Result<std::vector<Replica*>> Supervisor::Impl::select(const Selection& selection,
                                                       std::string_view verb) const {
  std::set<std::string_view> known;
  for (const auto& [id, unused] : replicas_) known.insert(id.service);
  for (const auto& name : selection.services) {
    if (known.contains(name)) continue;
    return Error(ErrorKind::not_found,
                 "cannot " + std::string(verb) + " " + name + ": " + why_absent(name));
  }
  const std::set<std::string_view> wanted(selection.services.begin(), selection.services.end());
  std::vector<Replica*> selected;
  for (const auto& [id, replica] : replicas_) {
    if (!wanted.empty() && !wanted.contains(id.service)) continue;
    if (selection.index != 0 ? id.index != selection.index : replica->one_off()) continue;
    selected.push_back(replica.get());
  }
  if (selection.index != 0 && selected.empty()) {
    return Error(ErrorKind::not_found, "cannot " + std::string(verb) + " replica " +
                                           std::to_string(selection.index) +
                                           ": there is none of this number");
  }
  return selected;
}

Supervisor::Impl::OperationPtr Supervisor::Impl::operation(Operation::Kind kind) {
  // Those whose callers went away are of no use to anyone.
  operations_.remove_if([](const OperationPtr& one) { return one.use_count() == 1; });
  auto made = std::make_shared<Operation>(executor_, kind);
  operations_.push_back(made);
  return made;
}

void Supervisor::Impl::await(Operation& operation, const ReplicaId& id, Awaited awaited) {
  operation.await(id, awaited);
  note(id);
}

// Nothing of this object is touched after the wait: it may be gone by then.
asio::awaitable<Result<Outcome>> Supervisor::Impl::finish(OperationPtr operation,
                                                          std::optional<base::Duration> timeout) {
  if (timeout && !operation->done()) {
    const std::string text = model::format_duration(*timeout);
    workshop_.timers.start(*timeout, [weak = std::weak_ptr<Operation>(operation), text] {
      if (const auto late = weak.lock())
        late->expire("not done after " + text + " (--wait-timeout)");
    });
  }
  auto waited = co_await operation->wait(operation);
  if (!waited) co_return waited.error();
  co_return std::move(operation->outcome());
}

void Supervisor::Impl::cancel_operations(Operation::Kind kind, const std::string& why) {
  for (const auto& operation : operations_) {
    if (operation->kind() == kind) operation->cancel(Error(ErrorKind::conflict, why));
  }
}

std::vector<model::ReplicaStatus> Supervisor::Impl::status() const {
  std::vector<model::ReplicaStatus> all;
  all.reserve(replicas_.size());
  for (const auto& [id, replica] : replicas_) all.push_back(replica->status());
  return all;
}

Result<std::pair<runtime::Driver*, std::string>> Supervisor::Impl::running(
    const ReplicaId& id) const {
  const Replica* replica = find(id);
  if (replica == nullptr) {
    return Error(ErrorKind::not_found,
                 "cannot find " + model::to_string(id) + ": " + why_absent(id));
  }
  const State state = replica->machine().state;
  if (state != State::running && !(state == State::stopping && replica->machine().present)) {
    std::string why = ": it does not run, it is " + std::string(model::to_string(state));
    if (state == State::unknown) why = ": it is unknown, " + replica->machine().reason;
    return Error(ErrorKind::conflict, "cannot reach " + model::to_string(id) + why);
  }
  auto driver = replica->driver();
  if (!driver) return driver.error();
  return std::pair(*driver, replica->instance());
}

Result<std::pair<runtime::Driver*, std::string>> Supervisor::Impl::present(
    const ReplicaId& id) const {
  const Replica* replica = find(id);
  if (replica == nullptr || replica->instance().empty()) {
    return Error(ErrorKind::not_found,
                 "cannot find " + model::to_string(id) + ": " + why_absent(id));
  }
  auto driver = replica->driver();
  if (!driver) return driver.error();
  return std::pair(*driver, replica->instance());
}

bool Supervisor::Impl::idle() const {
  if (preparing_ > 0 || !orders_.empty()) return false;
  for (const auto& operation : operations_) {
    if (operation.use_count() > 1) return false;
  }
  for (const auto& [id, replica] : replicas_) {
    const auto& machine = replica->machine();
    if (machine.present || !settled(machine) || machine.state == State::running) return false;
  }
  return true;
}

void Supervisor::Impl::exited(const std::string& instance, const model::ExitInfo& exit) {
  const auto entry = instances_.find(instance);
  const auto replica = entry == instances_.end() ? nullptr : entry->second.lock();
  if (!replica || replica->instance() != instance) return;
  replica->post(event::Exited{replica->machine().generation, exit});
}

void Supervisor::Impl::runtime_health(const std::string& runtime, const std::string& problem) {
  Batch batch(*this);
  for (const auto& [id, replica] : replicas_) {
    if (replica->service().runtime != runtime) continue;
    if (problem.empty()) {
      replica->post(event::Back{});
    } else {
      replica->post(event::Lost{problem});
    }
  }
}

void Supervisor::Impl::instance_reach(const std::string& instance, const std::string& problem) {
  const auto entry = instances_.find(instance);
  const auto replica = entry == instances_.end() ? nullptr : entry->second.lock();
  if (!replica || replica->instance() != instance) return;
  problem.empty() ? replica->post(event::Back{}) : replica->post(event::Lost{problem});
}

void Supervisor::Impl::instance_paused(const std::string& instance, bool paused) {
  const auto entry = instances_.find(instance);
  const auto replica = entry == instances_.end() ? nullptr : entry->second.lock();
  if (!replica || replica->instance() != instance) return;
  replica->post(event::Paused{replica->machine().generation, paused});
}

void Supervisor::Impl::instance_health(const std::string& instance, model::Health health,
                                       const std::string& message) {
  const auto entry = instances_.find(instance);
  const auto replica = entry == instances_.end() ? nullptr : entry->second.lock();
  if (!replica || replica->instance() != instance) return;
  replica->post(event::Reported{replica->machine().generation, health, message});
}

void Supervisor::Impl::progress(const std::string& instance, const std::string& message) {
  if (instance.empty()) {  // the project's
    model::Event event;
    event.type = "message";
    event.message = message;
    return parts_.events.publish(std::move(event));
  }
  const auto entry = instances_.find(instance);
  const auto replica = entry == instances_.end() ? nullptr : entry->second.lock();
  if (replica) replica->publish("message", "", message);
}

asio::awaitable<void> Supervisor::Impl::close() {
  closing_ = true;
  for (const auto& [id, replica] : replicas_) replica->close();
  for (const auto& operation : operations_) {
    operation->cancel(Error(ErrorKind::unavailable, "cannot wait any longer: the supervisor ends"));
  }
  operations_.clear();
  tasks_.stop();
  co_await tasks_.join();
}

Supervisor::Supervisor(asio::any_io_executor executor, Parts parts)
    : impl_(std::make_unique<Impl>(std::move(executor), parts)) {}
Supervisor::~Supervisor() = default;

void Supervisor::suspect(std::set<std::string> runtimes, bool lost) {
  impl_->suspect(std::move(runtimes), lost);
}
asio::awaitable<std::vector<ReplicaRecord>> Supervisor::complete(
    std::optional<model::Project> project, std::vector<ReplicaRecord> records) {
  return impl_->complete(std::move(project), std::move(records));
}
bool Supervisor::suspects() const { return impl_->suspects(); }
asio::awaitable<void> Supervisor::restore(std::optional<model::Project> project,
                                          std::vector<ReplicaRecord> records) {
  return impl_->restore(std::move(project), std::move(records));
}
asio::awaitable<Result<std::vector<plan::Action>>> Supervisor::foresee(model::Project project,
                                                                       plan::Options options) {
  return impl_->foresee(std::move(project), std::move(options));
}
asio::awaitable<Result<Outcome>> Supervisor::up(UpRequest request) {
  return impl_->up(std::move(request));
}
asio::awaitable<Result<Outcome>> Supervisor::create(UpRequest request) {
  return impl_->create(std::move(request));
}
asio::awaitable<Result<Outcome>> Supervisor::down(std::optional<base::Duration> timeout,
                                                  std::vector<std::string> services) {
  return impl_->down(timeout, std::move(services));
}
asio::awaitable<Result<Outcome>> Supervisor::start(Selection selection, Wait wait) {
  return impl_->start(std::move(selection), wait);
}
asio::awaitable<Result<Outcome>> Supervisor::stop(Selection selection,
                                                  std::optional<base::Duration> timeout) {
  return impl_->stop(std::move(selection), timeout);
}
asio::awaitable<Result<Outcome>> Supervisor::restart(Selection selection,
                                                     std::optional<base::Duration> timeout,
                                                     bool no_deps) {
  return impl_->restart(std::move(selection), timeout, no_deps);
}
asio::awaitable<Result<Outcome>> Supervisor::kill(Selection selection, std::string signal) {
  return impl_->kill(std::move(selection), std::move(signal));
}
asio::awaitable<Result<Outcome>> Supervisor::pause(Selection selection) {
  return impl_->pause(std::move(selection), true);
}
asio::awaitable<Result<Outcome>> Supervisor::unpause(Selection selection) {
  return impl_->pause(std::move(selection), false);
}
asio::awaitable<Result<Outcome>> Supervisor::remove(Selection selection, bool stop, bool volumes) {
  return impl_->remove(std::move(selection), stop, volumes);
}
asio::awaitable<Result<model::ReplicaStatus>> Supervisor::run(RunRequest request) {
  return impl_->run(std::move(request));
}
asio::awaitable<Result<void>> Supervisor::remove_one_off(std::string instance) {
  return impl_->remove_one_off(std::move(instance));
}
asio::awaitable<Result<model::ExitInfo>> Supervisor::wait(ReplicaId id) {
  return impl_->wait(std::move(id));
}
std::vector<model::ReplicaStatus> Supervisor::status() const { return impl_->status(); }
Result<std::pair<runtime::Driver*, std::string>> Supervisor::running(const ReplicaId& id) const {
  return impl_->running(id);
}
Result<std::pair<runtime::Driver*, std::string>> Supervisor::present(const ReplicaId& id) const {
  return impl_->present(id);
}
const model::Project* Supervisor::project() const { return impl_->project(); }
bool Supervisor::idle() const { return impl_->idle(); }
bool Supervisor::coming_up() const { return impl_->coming_up(); }
void Supervisor::exited(const std::string& instance, const model::ExitInfo& exit) {
  impl_->exited(instance, exit);
}
void Supervisor::runtime_health(const std::string& runtime, const std::string& problem) {
  impl_->runtime_health(runtime, problem);
}
void Supervisor::instance_reach(const std::string& instance, const std::string& problem) {
  impl_->instance_reach(instance, problem);
}
void Supervisor::instance_paused(const std::string& instance, bool paused) {
  impl_->instance_paused(instance, paused);
}
void Supervisor::instance_health(const std::string& instance, model::Health health,
                                 const std::string& message) {
  impl_->instance_health(instance, health, message);
}
void Supervisor::progress(const std::string& instance, const std::string& message) {
  impl_->progress(instance, message);
}
asio::awaitable<void> Supervisor::close() { return impl_->close(); }

}  // namespace consort::engine
