#include "tests/fakes/world.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace consort::fakes {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<void> FakeJournal::put_project(const model::Project& value) {
  if (refuses) return *refuses;
  project = value;
  return {};
}

Result<void> FakeJournal::put_replica(const engine::ReplicaRecord& record) {
  if (refuses) return *refuses;
  puts.push_back(model::to_string(record.status.id) + " " +
                 std::string(model::to_string(record.status.state)));
  replicas[record.status.id] = record;
  return {};
}

Result<void> FakeJournal::drop_replica(const model::ReplicaId& id) {
  if (refuses) return *refuses;
  replicas.erase(id);
  return {};
}

std::vector<engine::ReplicaRecord> FakeJournal::records() const {
  std::vector<engine::ReplicaRecord> all;
  for (const auto& [id, record] : replicas) all.push_back(record);
  return all;
}

std::vector<std::string> FakeEvents::actions(const std::string& replica) const {
  std::vector<std::string> actions;
  for (const auto& event : all) {
    if (event.service + "-" + std::to_string(event.index) != replica) continue;
    if (!event.action.empty()) actions.push_back(event.action);
  }
  return actions;
}

std::vector<std::string> FakeEvents::messages() const {
  std::vector<std::string> messages;
  for (const auto& event : all) {
    if (event.type == "message" || event.type == "supervisor") messages.push_back(event.message);
  }
  return messages;
}

Result<std::string> FakeDirectories::create(const std::string& instance) {
  if (refuses) return *refuses;
  made.insert(instance);
  return "/instances/" + instance;
}

Result<runtime::Driver*> FakeDrivers::driver(std::string_view runtime, const model::Location&) {
  const auto found = known.find(runtime);
  if (found == known.end()) {
    return Error(ErrorKind::unavailable, "cannot use the runtime " + std::string(runtime));
  }
  return found->second;
}

World::World() {
  drivers.known["process"] = &driver;
  driver.exited = [this](const std::string& instance, const model::ExitInfo& exit) {
    supervisor->exited(instance, exit);
  };
  supervisor = std::make_unique<engine::Supervisor>(
      io.get_executor(),
      engine::Supervisor::Parts{time, drivers, journal, events, directories, &time});
}

World::~World() {
  if (!completes(supervisor->close())) std::terminate();
}

void World::settle() {
  io.restart();
  io.poll();
}

void World::advance(base::Duration duration) {
  settle();
  while (time.step(duration)) settle();
  settle();
}

void World::replace_supervisor() {
  if (!completes(supervisor->close())) throw std::logic_error("the supervisor does not close");
  supervisor = std::make_unique<engine::Supervisor>(
      io.get_executor(),
      engine::Supervisor::Parts{time, drivers, journal, events, directories, &time});
}

namespace {

template <class T>
Answer<T> begin_on(asio::io_context& io, asio::awaitable<T> call) {
  auto answer = std::make_shared<std::optional<T>>();
  asio::co_spawn(io, std::move(call), [answer](std::exception_ptr failure, T result) {
    if (failure) std::rethrow_exception(failure);
    answer->emplace(std::move(result));
  });
  return answer;
}

}  // namespace

Answer<Result<engine::Outcome>> World::begin(asio::awaitable<Result<engine::Outcome>> call) {
  auto answer = begin_on(io, std::move(call));
  settle();
  return answer;
}
Answer<Result<model::ExitInfo>> World::begin(asio::awaitable<Result<model::ExitInfo>> call) {
  auto answer = begin_on(io, std::move(call));
  settle();
  return answer;
}
Answer<Result<model::ReplicaStatus>> World::begin(
    asio::awaitable<Result<model::ReplicaStatus>> call) {
  auto answer = begin_on(io, std::move(call));
  settle();
  return answer;
}
Answer<Result<void>> World::begin(asio::awaitable<Result<void>> call) {
  auto answer = begin_on(io, std::move(call));
  settle();
  return answer;
}

bool World::completes(asio::awaitable<void> call) {
  const auto done = std::make_shared<bool>(false);
  asio::co_spawn(io, std::move(call), [done](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    *done = true;
  });
  settle();
  return *done;
}

Answer<Result<engine::Outcome>> World::up(const model::Project& project, engine::Wait wait,
                                          plan::Options options) {
  engine::UpRequest request;
  request.project = project;
  request.options = std::move(options);
  request.wait = wait;
  return begin(supervisor->up(std::move(request)));
}

Answer<Result<engine::Outcome>> World::down(std::optional<base::Duration> timeout) {
  return begin(supervisor->down(timeout));
}

bool World::restore() { return completes(supervisor->restore(journal.project, journal.records())); }

model::ReplicaStatus World::status(const std::string& replica) const {
  for (const auto& status : supervisor->status()) {
    if (model::to_string(status.id) == replica) return status;
  }
  throw std::logic_error("there is no " + replica);
}

std::string World::state(const std::string& replica) const {
  for (const auto& status : supervisor->status()) {
    if (model::to_string(status.id) == replica) return std::string(model::to_string(status.state));
  }
  return "none";
}

model::Service service(const std::string& name, const std::vector<std::string>& depends_on) {
  model::Service service;
  service.name = name;
  service.runtime = "process";
  service.argv = {"/bin/" + name};
  service.where = {name + ".yaml", 1, 1};
  service.spec["command"] = "/bin/" + name;
  for (const auto& dependency : depends_on) service.depends_on[dependency] = {};
  return service;
}

model::Dependency on(model::Condition condition) {
  model::Dependency dependency;
  dependency.condition = condition;
  return dependency;
}

model::Project project(std::vector<model::Service> services) {
  model::Project project;
  project.name = "demo";
  project.directory = "/demo";
  project.host_environment = {{"PATH", "/bin"}, {"HOME", "/root"}};
  for (auto& service : services) {
    const std::string name = service.name;
    project.services.emplace(name, std::move(service));
  }
  return project;
}

model::ExitInfo exit_code(int code) {
  model::ExitInfo exit;
  exit.code = code;
  return exit;
}

model::Probe probe() {
  model::Probe probe;
  probe.check = model::ExecProbe{{"true"}};
  probe.interval = std::chrono::seconds(10);
  probe.timeout = std::chrono::seconds(5);
  return probe;
}

}  // namespace consort::fakes
