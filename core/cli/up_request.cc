#include "core/cli/up_request.h"

#include <charconv>

#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/cli/operation.h"
#include "core/model/limits.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<std::map<std::string, std::uint32_t>> scale_option(const Arguments& arguments) {
  std::map<std::string, std::uint32_t> scale;
  for (const std::string& text : arguments.values("scale")) {
    const std::size_t equals = text.find('=');
    std::uint32_t replicas = 0;
    const char* const end = text.data() + text.size();
    const char* const from = text.data() + (equals == std::string::npos ? text.size() : equals + 1);
    const auto [at, error] = std::from_chars(from, end, replicas);
    if (equals == 0 || error != std::errc() || at != end) {
      return Error(ErrorKind::invalid,
                   "--scale cannot be \"" + text + "\": give SERVICE=NUMBER, as web=3");
    }
    if (replicas > model::most_replicas) {
      return Error(ErrorKind::invalid, "--scale cannot be \"" + text +
                                           "\": a service has at most " +
                                           std::to_string(model::most_replicas) + " replicas");
    }
    scale[text.substr(0, equals)] = replicas;
  }
  return scale;
}

}  // namespace

Result<api::UpRequest> up_request(const Arguments& arguments) {
  api::UpRequest request;
  request.services = arguments.words();
  request.no_deps = arguments.flag("no-deps");
  request.force_recreate = arguments.flag("force-recreate");
  request.recreate_deps = arguments.flag("always-recreate-deps");
  request.renew_anon_volumes = arguments.flag("renew-anon-volumes");
  request.no_recreate = arguments.flag("no-recreate");
  request.remove_orphans = arguments.flag("remove-orphans");
  request.wait = arguments.flag("wait") ? "ready" : "started";
  request.pull = arguments.get("pull", "");
  request.build = arguments.flag("build") ? "always" : arguments.flag("no-build") ? "never" : "";
  auto scale = scale_option(arguments);
  if (!scale) return scale.error();
  request.scale = std::move(*scale);
  const auto wait_timeout = timeout_option(arguments, "wait-timeout");
  if (!wait_timeout) return wait_timeout.error();
  request.wait_timeout_ms = *wait_timeout;
  const auto stop_timeout = timeout_option(arguments, "timeout");
  if (!stop_timeout) return stop_timeout.error();
  request.stop_timeout_ms = *stop_timeout;
  return request;
}

Result<std::vector<api::ActionReply>> get_plan(api::Client& client, const api::UpRequest& request) {
  const auto answer = client.post("/v1/plan", api::to_json(request));
  if (!answer) return answer.error();
  auto outcome = api::outcome_from_json(*answer);
  if (!outcome) return outcome.error();
  return std::move(outcome->actions);
}

std::vector<std::string> closure(const model::Project& project,
                                 const std::vector<std::string>& named, bool no_deps) {
  std::set<std::string> reached;
  std::vector<std::string> open = named;
  if (named.empty()) {
    for (const auto& [name, service] : project.services) open.push_back(name);
  }
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const auto service = project.services.find(name);
    if (service == project.services.end() || !reached.insert(name).second || no_deps) continue;
    for (const auto& [dependency, how] : service->second.depends_on) open.push_back(dependency);
  }
  return {reached.begin(), reached.end()};
}

std::set<std::string> one_shots(const model::Project& project) {
  std::set<std::string> found;
  for (const auto& [name, service] : project.services) {
    for (const auto& [dependency, how] : service.depends_on) {
      if (how.condition == model::Condition::completed_successfully) found.insert(dependency);
    }
  }
  return found;
}

Result<void> check_scale(const api::UpRequest& request) {
  for (const auto& [name, replicas] : request.scale) {
    const auto service = request.project.services.find(name);
    if (service == request.project.services.end() || replicas < 2) continue;
    for (const auto& port : service->second.ports) {
      if (port.published == 0) continue;
      const std::string place = model::to_string(port.where);
      return Error(ErrorKind::invalid, (place.empty() ? "" : place + ": ") +
                                           "cannot publish port " + std::to_string(port.published) +
                                           " of service " + name + ": the " +
                                           std::to_string(replicas) +
                                           " replicas of --scale cannot share it (give the " +
                                           "service's port alone, or a range)");
    }
  }
  return {};
}

std::vector<std::string> attached_services(const model::Project& project,
                                           const std::vector<std::string>& services) {
  std::vector<std::string> attached;
  for (const auto& name : services) {
    const auto service = project.services.find(name);
    if (service == project.services.end()) continue;
    const auto* attach = service->second.spec.if_contains("attach");
    if (!attach || !attach->is_bool() || attach->get_bool()) attached.push_back(name);
  }
  return attached;
}

Result<void> check_service(const model::Project& project, const std::string& service) {
  if (project.services.contains(service)) return {};
  return Error(ErrorKind::not_found, "cannot find service " + service + " of project " +
                                         project.name + ": " + model::absence(project, service));
}

}  // namespace consort::cli
