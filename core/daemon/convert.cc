#include "core/daemon/convert.h"

#include <boost/json/array.hpp>

#include "core/base/text.h"

namespace consort::daemon {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<engine::Wait> wait_from(const std::string& text) {
  if (text == "none") return engine::Wait::none;
  if (text == "started") return engine::Wait::started;
  if (text == "ready") return engine::Wait::ready;
  return Error(ErrorKind::invalid,
               "cannot read the request: wait is not none, started or ready: " + text);
}

std::optional<base::Duration> duration_from(std::optional<std::int64_t> milliseconds) {
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(*milliseconds);
}

plan::Options options_from(const api::UpRequest& request) {
  plan::Options options;
  options.services = request.services;
  options.no_deps = request.no_deps;
  options.force_recreate = request.force_recreate;
  options.recreate_deps = request.recreate_deps;
  options.no_recreate = request.no_recreate;
  options.remove_orphans = request.remove_orphans;
  options.scale = request.scale;
  return options;
}

std::vector<api::ActionReply> replies(const std::vector<plan::Action>& actions) {
  std::vector<api::ActionReply> out;
  out.reserve(actions.size());
  for (const auto& action : actions) {
    out.push_back({std::string(plan::to_string(action.verb)), action.id.service, action.why,
                   action.id.index});
  }
  return out;
}

api::OutcomeReply reply(const engine::Outcome& outcome) {
  api::OutcomeReply out;
  out.actions = replies(outcome.actions);
  for (const auto& failure : outcome.failures) {
    out.failures.push_back({failure.id.service, failure.message, failure.id.index});
  }
  return out;
}

boost::json::object release_options(const api::DownRequest& request,
                                    const std::set<std::string>& kept) {
  return {{"volumes", request.volumes},
          {"images", request.images},
          {"purge_cache", request.purge_cache},
          {"keeping", boost::json::array(kept.begin(), kept.end())}};
}

engine::Preparation preparation_from(const std::string& pull, const std::string& build) {
  engine::Preparation preparation;
  preparation.pull = pull;
  if (!build.empty()) preparation.build = build == "always";
  return preparation;
}

Result<engine::RunRequest> run_request(api::RunRequest request) {
  auto service = one_off_service(request);
  if (!service) return service.error();
  engine::RunRequest what;
  what.service = std::move(*service);
  what.no_deps = request.no_deps;
  what.preparation = preparation_from(request.pull, request.build);
  what.project = std::move(request.project);
  return what;
}

Result<model::Service> one_off_service(const api::RunRequest& request) {
  const auto found = request.project.services.find(request.service);
  if (found == request.project.services.end()) {
    return Error(ErrorKind::not_found, "cannot run " + request.service + ": " +
                                           model::absence(request.project, request.service));
  }
  model::Service service = found->second;
  service.replicas = 1;
  service.restart = {};
  service.healthcheck.reset();
  for (const char* key : {"restart", "healthcheck", "deploy", "container_name"}) {
    service.spec.erase(key);
  }
  if (!request.publish) {
    service.ports.clear();
    service.spec.erase("ports");
  }
  if (!request.name.empty()) {
    if (service.runtime != "container") {
      return Error(ErrorKind::unsupported, "cannot name the one-off of " + request.service + " \"" +
                                               request.name + "\": an instance of runtime " +
                                               service.runtime + " has no name");
    }
    service.spec["container_name"] = request.name;
  }
  if (!request.argv.empty()) {
    service.argv.clear();
    if (const auto* entrypoint = service.spec.if_contains("entrypoint");
        entrypoint != nullptr && entrypoint->is_array()) {
      for (const auto& word : entrypoint->get_array()) {
        service.argv.emplace_back(word.get_string().c_str());
      }
    }
    service.argv.insert(service.argv.end(), request.argv.begin(), request.argv.end());
    service.spec.erase("binary");
    service.spec.erase("args");
    service.spec["command"] = boost::json::array(request.argv.begin(), request.argv.end());
  }
  for (const auto& entry : request.environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    service.environment[entry.substr(0, equals)] = entry.substr(equals + 1);
    auto& environment = service.spec["environment"];
    if (!environment.is_object()) environment.emplace_object();
    environment.get_object()[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  if (!request.working_dir.empty()) {
    service.working_dir = request.working_dir;
    service.spec["working_dir"] = request.working_dir;
  }
  if (!request.user.empty()) service.spec["user"] = request.user;
  service.tty = request.tty;
  service.stdin_open = request.stdin_open;
  service.spec["tty"] = request.tty;
  service.spec["stdin_open"] = request.stdin_open;
  return service;
}

boost::json::object fingerprint_json(const std::string& runtime,
                                     const Result<runtime::Fingerprint>& found) {
  namespace json = boost::json;
  json::object entry{{"name", runtime}};
  json::object facts;
  json::array problems;
  if (found) {
    entry["summary"] = found->summary;
    for (const auto& [key, value] : found->facts) facts[key] = value;
    for (const auto& [message, advice] : found->problems) {
      problems.push_back(json::object{{"message", message}, {"advice", advice}});
    }
  } else if (found.error().kind() != ErrorKind::unsupported) {
    problems.push_back(json::object{{"message", found.error().message()}, {"advice", ""}});
  }
  entry["facts"] = std::move(facts);
  entry["problems"] = std::move(problems);
  return entry;
}

}  // namespace consort::daemon
