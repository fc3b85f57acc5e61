#include "core/daemon/images.h"

#include <algorithm>

#include <consort/runtime.h>

#include "core/engine/preparation.h"

namespace consort::daemon {
namespace {

namespace json = boost::json;
using base::Result;

json::object options_of(const api::ImagesRequest& request, ImageWork work) {
  if (work == ImageWork::pull) {
    return {{"policy", request.policy.empty() ? "always" : request.policy}};
  }
  json::object arguments;
  for (const auto& [name, value] : request.arguments) arguments[name] = value;
  return {
      {"arguments", std::move(arguments)}, {"no_cache", request.no_cache}, {"pull", request.pull}};
}

api::FailureReply failure(const model::Project& project, const runtime::ServiceProblem& problem,
                          ImageWork work) {
  const auto service = project.services.find(problem.service);
  const std::string place =
      service == project.services.end() ? "" : model::to_string(service->second.where);
  const char* verb = work == ImageWork::pull ? "pull" : "build";
  return {problem.service,
          (place.empty() ? "" : place + ": ") + "cannot " + verb + " " + problem.service + ": " +
              problem.message,
          0};
}

}  // namespace

asio::awaitable<Result<api::OutcomeReply>> get_images(Supervision& supervision,
                                                      api::ImagesRequest request, ImageWork work) {
  const model::Project& project = request.project;
  std::map<std::string, std::set<std::string>> by_runtime;
  for (const auto& [name, service] : project.services) {
    const bool asked = request.services.empty() ||
                       std::ranges::find(request.services, name) != request.services.end();
    if (asked) by_runtime[service.runtime].insert(name);
  }
  api::OutcomeReply outcome;
  for (const auto& [runtime, names] : by_runtime) {
    auto driver = supervision.use(runtime, project.services.at(*names.begin()).runtime_where);
    if (!driver) co_return driver.error();
    if (!(*driver)->has(CONSORT_EXT_IMAGES)) continue;
    json::object view = engine::project_view(project, runtime, names, options_of(request, work));
    Result<std::vector<runtime::ServiceProblem>> problems(std::vector<runtime::ServiceProblem>{});
    if (work == ImageWork::pull) {
      problems = co_await (*driver)->pull_images(std::move(view));
    } else {
      problems = co_await (*driver)->build_images(std::move(view));
    }
    if (!problems) co_return problems.error().wrap("cannot get the images");
    for (const auto& problem : *problems) {
      outcome.failures.push_back(failure(project, problem, work));
    }
  }
  co_return outcome;
}

asio::awaitable<Result<json::array>> list_images(Supervision& supervision,
                                                 std::vector<std::string> services) {
  std::map<std::string, model::ReplicaId> replicas;  // by instance
  std::set<std::string> runtimes;
  for (const auto& status : supervision.engine().status()) {
    const auto& service = status.id.service;
    if (!services.empty() && std::ranges::find(services, service) == services.end()) continue;
    replicas[status.instance] = status.id;
    runtimes.insert(status.runtime);
  }
  json::array all;
  for (const auto& runtime : runtimes) {
    auto driver = supervision.use(runtime);
    if (!driver) co_return driver.error();
    if (!(*driver)->has(CONSORT_EXT_IMAGES)) continue;
    auto found = co_await (*driver)->images();
    if (!found) co_return found.error().wrap("cannot list the images");
    for (auto& one : *found) {
      json::object& image = one.get_object();
      const auto* instance = image.if_contains("instance");
      if (instance == nullptr || !instance->is_string()) continue;
      const auto replica = replicas.find(std::string(instance->get_string()));
      if (replica == replicas.end()) continue;
      image["service"] = replica->second.service;
      image["index"] = replica->second.index;
      all.push_back(std::move(image));
    }
  }
  co_return all;
}

}  // namespace consort::daemon
