#include "core/engine/preparation.h"

#include <map>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/base/text.h"

namespace consort::engine {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::string_view shares = "consort.project/1";  // the extension that this is about

json::object options_of(const Preparation& how) {
  json::object options;
  if (!how.pull.empty()) options["pull"] = how.pull;
  if (how.build) options["build"] = *how.build;
  if (!how.replaces) options["replace"] = false;
  if (how.renews) options["renew_volumes"] = true;
  if (how.looks) options["look"] = true;
  return options;
}

std::string line(const model::Project& project, const runtime::ServiceProblem& problem) {
  if (problem.service.empty()) return problem.message;
  const auto service = project.services.find(problem.service);
  const std::string place =
      service == project.services.end() ? "" : model::to_string(service->second.where);
  return (place.empty() ? "" : place + ": ") + "cannot start " + problem.service + ": " +
         problem.message;
}

}  // namespace

json::object project_view(const model::Project& project, const std::string& runtime,
                          const std::set<std::string>& about, json::object options) {
  json::object services, environment, places;
  json::array files, names;
  for (const auto& [name, service] : project.services) {
    if (service.runtime != runtime) continue;
    services[name] = service.spec;
    places["services." + name + ".runtime"] = model::to_string(service.runtime_where);
  }
  for (const auto& name : about) names.emplace_back(name);
  for (const auto& file : project.files) files.emplace_back(file);
  for (const auto& [name, value] : project.host_environment) environment[name] = value;
  for (const auto& [resource, where] : project.resource_where) {
    places[resource] = model::to_string(where);
  }
  return {{"directory", project.directory},        {"files", std::move(files)},
          {"services", std::move(services)},       {"starting", std::move(names)},
          {"resources", project.resources},        {"places", std::move(places)},
          {"environment", std::move(environment)}, {"options", std::move(options)}};
}

base::asio::awaitable<Result<Outdated>> prepare_project(DriverSource& drivers,
                                                        model::Project project,
                                                        std::set<std::string> starting,
                                                        std::set<std::string> keeping,
                                                        Preparation how) {
  struct Names {
    std::set<std::string> starting, keeping;
  };
  std::map<std::string, Names> by_runtime;
  for (const auto& [name, service] : project.services) {
    if (starting.contains(name)) by_runtime[service.runtime].starting.insert(name);
    if (keeping.contains(name)) by_runtime[service.runtime].keeping.insert(name);
  }
  Outdated outdated;
  std::vector<std::string> problems;
  for (const auto& [runtime, names] : by_runtime) {
    const auto& asking = names.starting.empty() ? names.keeping : names.starting;
    auto driver = drivers.driver(runtime, project.services.at(*asking.begin()).runtime_where);
    if (!driver) co_return driver.error();
    if (!(*driver)->has(shares)) continue;
    json::object view = project_view(project, runtime, names.starting, options_of(how));
    view["keeping"] = json::array(names.keeping.begin(), names.keeping.end());
    auto found = co_await (*driver)->prepare(std::move(view));
    if (!found) {
      // It is about all of them; the first one's line stands for it.
      const runtime::ServiceProblem first{*asking.begin(), found.error().message()};
      co_return Error(found.error().kind(), line(project, first));
    }
    for (const auto& problem : found->problems) problems.push_back(line(project, problem));
    outdated.merge(found->outdated);
  }
  if (problems.empty()) co_return outdated;
  co_return Error(ErrorKind::failed, base::join(problems, "\n"));
}

}  // namespace consort::engine
