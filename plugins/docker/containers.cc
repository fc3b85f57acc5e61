#include "plugins/docker/containers.h"

#include <cmath>

#include "plugins/docker/hooks.h"
#include "plugins/docker/inspected.h"

namespace consort::docker {
namespace {

constexpr std::chrono::milliseconds log_patience{10'000};  // for what the store takes slowly
constexpr std::chrono::milliseconds kill_patience{30'000};

}  // namespace

Containers::Containers(Host host, Engine& engine, Scope& scope, std::string project,
                       std::string folder)
    : host_(host),
      engine_(engine),
      scope_(scope),
      project_(std::move(project)),
      records_(std::move(folder)) {}

std::string Container::answer() const {
  json::object answer;
  if (!ports.empty()) answer["ports"] = ports;
  answer["command"] = command;
  return json::serialize(answer);
}

ContainerPtr Containers::find(std::string_view instance) const {
  const auto found = containers_.find(instance);
  return found == containers_.end() ? nullptr : found->second;
}

ContainerPtr Containers::running(std::string_view instance) const {
  auto found = find(instance);
  if (!found || found->exit || found->id.empty()) {
    throw Error(CONSORT_E_NOT_FOUND, "the service does not run");
  }
  return found;
}

ContainerPtr Containers::make(const std::string& instance) {
  auto& container = containers_[instance];
  container = std::make_shared<Container>(instance, engine_.reactor());
  return container;
}

Async<json::value> Containers::inspect(std::string container) {
  const Reply reply = co_await engine_.get("/containers/" + url_encode(container) + "/json");
  if (reply.status == 404) co_return nullptr;
  expect(reply, "cannot look at container " + container);
  co_return reply.body;
}

// ---- What became of it ----

Async<ContainerPtr> Containers::attach(std::string instance, std::string handle,
                                       json::value service) {
  const ContainerPtr known = find(instance);
  const RunRecord* record = records_.find(instance);
  const std::string id = record != nullptr ? record->container : handle;
  if (id.empty()) co_return nullptr;
  const std::string before = record != nullptr ? record->started_before : "";
  const LogCursor log_before = record != nullptr ? record->log_before : LogCursor();
  const bool hooks_due = record != nullptr && record->hooks_due;
  const json::value present = co_await inspect(id);
  if (present.is_null() || started_at(present) == before) co_return nullptr;
  const ContainerPtr container = known && !known->exit ? known : make(instance);
  container->id = text_at(present, "Id");
  container->tty = bool_at(at(present, "Config"), "Tty");
  container->started_before = before;
  container->pre_stop = array_at(service, "pre_stop");
  container->log_before = log_before;
  const json::value& state = at(present, "State");
  container->own_health = !at(state, "Health").is_null();
  container->ports = published_ports(present);
  container->command = command_of(present);
  const json::value& health = at(state, "Health");
  tell_health(*container, text_at(health, "Status"), last_check(health));
  if (!container->log || container->log->ended().is_set()) follow_log(container);
  if (!lives(present)) co_await container->log->ended().wait(log_patience);
  judge(container, present);
  if (container->exit || !hooks_due) co_return container;
  // A start that was cut short: a container whose hooks fail is none.
  tell_hooks_again(instance);
  std::string problem;
  try {
    co_await run_post_start(container, service);
  } catch (const Error& e) {
    if (e.status() == CONSORT_E_RETRY) throw;
    problem = e.what();
  }
  if (problem.empty()) co_return container;
  host_.progress(instance, problem);
  containers_.erase(instance);
  records_.remove(instance);
  co_await discard(container->id, true);
  co_return nullptr;
}

void Containers::answered(const ContainerPtr& container) {
  container->answered = true;
  if (container->exit && !container->ended.is_set()) scope_.spawn(tell_exit(container));
}

void Containers::judge(const ContainerPtr& container, const json::value& inspected) {
  if (container->exit) return;
  if (inspected.is_null()) {
    container->exit = Exit::unknown("its container was removed by somebody else");
  } else if (started_at(inspected) == container->started_before) {
    return;  // an event of an earlier run
  } else if (lives(inspected)) {
    host_.instance_paused(container->instance, bool_at(at(inspected, "State"), "Paused"));
    if (container->log && container->log->ended().is_set()) follow_log(container);  // restarted
    return;
  } else {
    container->exit = exit_of(inspected);
  }
  if (container->answered) scope_.spawn(tell_exit(container));
}

Async<void> Containers::tell_exit(ContainerPtr container) {
  co_await drained(*container);
  if (container->ended.is_set()) co_return;
  host_.exited(container->instance, *container->exit);
  container->ended.set();
}

// All of its output is stored.
Async<void> Containers::drained(const Container& container) {
  const auto log = container.log;
  const auto attachment = container.attachment;
  if (log) co_await log->ended().wait(log_patience);
  if (attachment && !log) co_await attachment->ended().wait(log_patience);
}

Async<void> Containers::look(ContainerPtr container) {
  if (container->exit) co_return;
  const json::value present = co_await inspect(container->id);
  judge(container, present);
}

// Before its start has completed too: the core takes them in order.
void Containers::tell_health(const Container& container, std::string_view health,
                             std::string_view why) {
  if (!container.own_health) return;
  const auto known = health == "healthy"     ? CONSORT_HEALTH_HEALTHY
                     : health == "unhealthy" ? CONSORT_HEALTH_UNHEALTHY
                                             : CONSORT_HEALTH_STARTING;
  host_.instance_health(container.instance, known, why);
}

// With what the check has said, which the engine's event does not have.
Async<void> Containers::tell_unhealthy(ContainerPtr container) {
  const json::value present = co_await inspect(container->id);
  const json::value& health = at(present, "State", "Health");
  if (container->exit || health.is_null()) co_return;
  tell_health(*container, text_at(health, "Status"), last_check(health));
}

void Containers::health_is(std::string_view container_id, std::string_view health) {
  for (const auto& [instance, container] : containers_) {
    if (container->id != container_id || container->exit || !container->own_health) continue;
    if (health == "unhealthy") {
      scope_.spawn(tell_unhealthy(container));
    } else {
      tell_health(*container, health);
    }
  }
}

void Containers::changed(std::string_view container_id) {
  for (const auto& [instance, container] : containers_) {
    if (container->id == container_id && !container->exit) scope_.spawn(look(container));
  }
}

Async<void> Containers::look_at_all() {
  const auto all = containers_;
  for (const auto& [instance, container] : all) co_await look(container);
}

// ---- Its log ----

void Containers::follow_log(const ContainerPtr& container) {
  container->log = std::make_shared<LogFollower>(host_, engine_, container->instance, container->id,
                                                 container->tty, container->log_before);
  scope_.spawn(run_log(container, container->log));
}

// The end of the log is a second sign of the container's end.
Async<void> Containers::run_log(ContainerPtr container, std::shared_ptr<LogFollower> log) {
  co_await log->follow();
  if (container->log == log && !container->exit) co_await look(container);
}

void Containers::resume_log(std::string_view instance) {
  const auto container = find(instance);
  if (container && container->log) container->log->resume();
  if (container && container->attachment) container->attachment->resume();
}

Async<int> Containers::open_input(ContainerPtr container) {
  if (!container->attachment || container->attachment->ended().is_set()) {
    auto attachment = std::make_shared<Attachment>(host_, engine_, container->instance,
                                                   container->id, container->tty);
    co_await attachment->open(false);
    container->attachment = std::move(attachment);
  }
  co_return container->attachment->input().release();
}

// ---- Stop and remove ----

Async<std::string> Containers::id_of(std::string instance) {
  if (const auto container = find(instance)) co_return container->id;
  if (const RunRecord* record = records_.find(instance)) co_return record->container;
  const std::string filter = url_encode(json::serialize(
      json::object{{"label", json::array{std::string(labels::instance) + "=" + instance}}}));
  const Reply reply = co_await engine_.get("/containers/json?all=1&filters=" + filter);
  expect(reply, "cannot look for the container of " + instance);
  if (!reply.body.is_array() || reply.body.get_array().empty()) co_return "";
  co_return text_at(reply.body.get_array().front(), "Id");
}

// Whatever becomes of them, it is stopped: a stop in haste leaves them out, a second one too.
Async<void> Containers::run_pre_stop(ContainerPtr container, std::chrono::milliseconds limit) {
  json::array hooks = std::exchange(container->pre_stop, json::array());
  if (hooks.empty()) co_return;
  std::string problem;
  try {
    co_await run_hooks(engine_, scope_, container->id, "pre_stop", std::move(hooks), limit);
  } catch (const Error& e) {
    problem = e.what();
  }
  if (!problem.empty()) host_.progress("", container->instance + ": " + problem);
}

Async<void> Containers::stop(std::string instance, std::string signal,
                             std::chrono::milliseconds grace) {
  const ContainerPtr container = find(instance);
  if (!container || container->exit) {
    if (container) co_await container->ended.wait(log_patience);
    co_return;
  }
  if (grace.count() > 0) co_await run_pre_stop(container, grace);
  const std::string base = "/containers/" + container->id;
  // The engine counts whole seconds; ours is the clock that counts.
  const auto seconds = static_cast<long long>(std::ceil(static_cast<double>(grace.count()) / 1e3));
  const std::string path = signal.empty() ? base + "/stop?t=" + std::to_string(seconds + 1)
                                          : base + "/kill?signal=" + url_encode(signal);
  scope_.spawn([](Containers* self, ContainerPtr stopped, std::string how,
                  std::chrono::milliseconds timeout) -> Async<void> {
    const Reply reply = co_await self->engine_.post(std::move(how), nullptr, timeout);
    (void)reply;  // 404 and 409: it has ended
    co_await self->look(stopped);
  }(this, container, path, grace + kill_patience));
  co_await container->ended.wait(grace);
  if (container->ended.is_set()) co_return;
  const Reply killed = co_await engine_.post(base + "/kill?signal=SIGKILL", nullptr);
  if (!killed.ok() && killed.status != 404 && killed.status != 409) {
    expect(killed, "cannot kill the container of " + instance);
  }
  co_await look(container);
  co_await container->ended.wait(kill_patience);
  if (!container->ended.is_set()) {
    throw Error(CONSORT_E_FAILED, "cannot stop " + instance + ": it does not end");
  }
}

Async<std::string> Containers::container_of(std::string instance) {
  std::string id = co_await id_of(instance);
  if (id.empty()) throw Error(CONSORT_E_NOT_FOUND, instance + " has no container");
  co_return id;
}

Async<void> Containers::remove(std::string instance, bool force, bool volumes) {
  const ContainerPtr container = find(instance);
  const std::string id = co_await id_of(instance);
  const RunRecord* record = records_.find(instance);
  const bool one_off = record != nullptr && record->one_off;
  if (container && container->exit) co_await drained(*container);
  if (!id.empty() && records_.other_of(id, instance).empty()) {
    const json::value present = co_await inspect(id);
    if (!present.is_null()) {
      if (lives(present) && !force) {
        throw Error(CONSORT_E_FAILED, "cannot remove " + instance + ": it still runs");
      }
      if (!one_off && !volumes) leave_volumes(present);
      co_await discard(id, one_off || volumes);
    }
  }
  records_.remove(instance);
  containers_.erase(instance);
}

void Containers::leave_volumes(const json::value& container) {
  for (const auto& mount : mounts_of(container)) {
    if (anonymous(mount)) loose_volumes_.push_back(text_at(mount, "Name"));
  }
}

Async<void> Containers::discard(std::string id, bool volumes) {
  const Reply reply =
      co_await engine_.remove("/containers/" + id + "?force=1&v=" + (volumes ? "1" : "0"));
  if (reply.status == 404 || reply.status == 409) co_return;  // gone, or going
  expect(reply, "cannot remove container " + id.substr(0, 12));
}

Async<json::array> Containers::list() {
  const std::string filter = url_encode(json::serialize(json::object{
      {"label", json::array{std::string(labels::project) + "=" + project_, labels::instance}}}));
  const Reply reply = co_await engine_.get("/containers/json?all=1&filters=" + filter);
  expect(reply, "cannot list the containers of " + project_);
  json::array found;
  for (const auto& one : reply.body.as_array()) {
    found.push_back(json::object{{"instance", instance_of(one)},
                                 {"running", text_at(one, "State") == "running"}});
  }
  co_return found;
}

std::string Containers::instance_of(const json::value& listed) const {
  std::string instance = records_.other_of(text_at(listed, "Id"), "");
  return instance.empty() ? text_at(at(listed, "Labels"), labels::instance) : instance;
}

Async<std::string> Containers::obstacle(Replica replica, json::value service) {
  const std::string name = container_name(replica, service);
  const json::value present = co_await inspect(name);
  if (present.is_null()) co_return "";
  if (!label(present, labels::instance).empty() && label(present, labels::project) == project_) {
    co_return "";
  }
  co_return foreign(present, name);
}

}  // namespace consort::docker
