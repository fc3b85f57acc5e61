#include "core/engine/requirements.h"

#include <map>
#include <memory>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/engine/net_probe.h"
#include "core/engine/port_check.h"

namespace consort::engine {
namespace {

using base::ErrorKind;
namespace asio = base::asio;

struct Check {
  explicit Check(asio::any_io_executor executor)
      : done(executor, asio::steady_timer::time_point::max()) {}
  std::vector<Problems> found;  // by requirement
  std::size_t open = 0;
  bool cut_short = false;
  asio::steady_timer done;  // cancelled when none is open
};

base::Error problem_at(const model::Location& where, const std::string& service,
                       const base::Error& problem) {
  const std::string place = model::to_string(where);
  return problem.wrap((place.empty() ? "" : place + ": ") + "cannot start " + service);
}

base::Error problem_at(const model::Location& where, const std::string& service,
                       std::string problem) {
  return problem_at(where, service, base::Error(ErrorKind::invalid, std::move(problem)));
}

// An error of a driver carries its place itself where it is about the runtime as such.
base::Error problem_of_driver(const model::Location& where, const model::Service& service,
                              const base::Error& error) {
  const std::string place = model::to_string(service.runtime_where);
  if (!place.empty() && error.message().starts_with(place + ": runtime ")) return error;
  return problem_at(where, service.name, error);
}

// Where the file has what a finding points at, as near as is known.
model::Location place_of(const model::Service& service, std::string_view pointer) {
  if (pointer == "/runtime" && service.runtime_where.line != 0) return service.runtime_where;
  const auto key = pointer.substr(0, pointer.find('/', 1));
  const auto known = service.key_where.find(std::string(key.substr(key.empty() ? 0 : 1)));
  return known == service.key_where.end() ? service.where : known->second;
}

// Closes one check, however its coroutine ends.
class Closing {
 public:
  explicit Closing(Check& check) : check_(check) {}
  ~Closing() {
    if (!done) check_.cut_short = true;
    if (--check_.open == 0) check_.done.cancel();
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  bool done = false;

 private:
  Check& check_;
};

asio::awaitable<void> validate(std::shared_ptr<Check> check, std::size_t index,
                               runtime::Driver* driver, runtime::Task task) {
  Closing closing(*check);
  const model::Service service = task.service;
  auto findings = co_await driver->validate(std::move(task));
  auto& found = check->found[index];
  if (!findings) {
    if (findings.error().kind() != ErrorKind::unsupported) {
      found.push_back(problem_of_driver(service.where, service, findings.error()));
    }
  } else {
    for (const auto& finding : *findings) {
      found.push_back(
          problem_at(place_of(service, finding.pointer), service.name, finding.message));
    }
  }
  closing.done = true;
}

// The ports of what starts together, and whose they are.
using Claims = std::map<std::pair<std::string, std::uint16_t>, std::string>;

void check_ports(const Requirement& wanted, const PortSet& freed, Claims& claims, Problems& found) {
  const auto& service = *wanted.origin.service;
  if (service.runtime != "process") return;
  for (const auto& port : service.ports) {
    if (port.published == 0) continue;
    const auto key = std::pair(port.protocol, port.published);
    const auto& where = port.where.line != 0 ? port.where : service.where;
    const auto [claim, first] = claims.emplace(key, service.name);
    if (!first && claim->second != service.name) {
      found.push_back(problem_at(
          where, service.name,
          "port " + std::to_string(port.published) + " is published by " + claim->second + " too"));
      continue;
    }
    if (freed.contains(key)) continue;
    if (auto problem = port_problem(port)) {
      found.push_back(problem_at(where, service.name, *problem));
    }
  }
}

}  // namespace

PortSet ports_of(const model::Service& service) {
  PortSet ports;
  for (const auto& port : service.ports) {
    if (port.published != 0) ports.emplace(port.protocol, port.published);
  }
  return ports;
}

asio::awaitable<base::Result<Problems>> check_requirements(const Workshop& workshop,
                                                           std::vector<Requirement> wanted,
                                                           PortSet freed) {
  const auto check = std::make_shared<Check>(workshop.tasks.executor());
  check->found.resize(wanted.size());
  Claims claims;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& service = *wanted[i].origin.service;
    if (service.healthcheck) {
      const auto& where =
          service.healthcheck->where.line != 0 ? service.healthcheck->where : service.where;
      const auto* http = std::get_if<model::HttpProbe>(&service.healthcheck->check);
      if (auto runs = http ? check_http(*http) : base::Result<void>(); !runs) {
        check->found[i].push_back(problem_at(where, service.name, runs.error().message()));
      }
    }
    check_ports(wanted[i], freed, claims, check->found[i]);
    auto driver = workshop.drivers.driver(service.runtime, service.runtime_where);
    if (!driver) {
      check->found[i].push_back(problem_of_driver(service.runtime_where, service, driver.error()));
      continue;
    }
    ++check->open;
    auto task = Replica::task(
        wanted[i].origin, wanted[i].id,
        wanted[i].id.service + "-" + std::to_string(wanted[i].id.index) + "-check", "");
    workshop.tasks.spawn("validate", validate(check, i, *driver, std::move(task)));
  }
  while (check->open > 0) {
    boost::system::error_code ignored;
    co_await check->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (check->cut_short) {
    co_return base::Error(ErrorKind::unavailable, "cannot check the services: the supervisor ends");
  }
  Problems all;
  for (auto& found : check->found) all.insert(all.end(), found.begin(), found.end());
  co_return all;
}

}  // namespace consort::engine
