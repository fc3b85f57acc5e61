#include "core/model/json.h"

#include <boost/json/array.hpp>

namespace consort::model {
namespace {

namespace json = boost::json;

json::object to_json(const Location& where) {
  json::object out;
  out["file"] = where.file;
  out["line"] = where.line;
  out["column"] = where.column;
  return out;
}

json::array to_json(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::object to_json(const std::map<std::string, std::string>& texts) {
  json::object out;
  for (const auto& [key, text] : texts) out[key] = text;
  return out;
}

json::object to_json(const Dependency& dependency) {
  json::object out;
  out["condition"] = to_string(dependency.condition);
  out["required"] = dependency.required;
  out["restart"] = dependency.restart;
  out["where"] = to_json(dependency.where);
  return out;
}

json::object to_json(const Probe& probe) {
  json::object out;
  if (const auto* exec = std::get_if<ExecProbe>(&probe.check)) {
    out["exec"] = json::object{{"argv", to_json(exec->argv)}};
  } else if (const auto* http = std::get_if<HttpProbe>(&probe.check)) {
    json::object check{{"url", http->url}, {"status", http->status}};
    if (http->insecure) check["insecure"] = true;
    out["http"] = std::move(check);
  } else if (const auto* tcp = std::get_if<TcpProbe>(&probe.check)) {
    out["tcp"] = json::object{{"host", tcp->host}, {"port", tcp->port}};
  }
  out["interval"] = format_duration(probe.interval);
  out["timeout"] = format_duration(probe.timeout);
  out["start_period"] = format_duration(probe.start_period);
  out["start_interval"] = format_duration(probe.start_interval);
  out["retries"] = probe.retries;
  out["where"] = to_json(probe.where);
  return out;
}

json::object to_json(const RestartPolicy& policy) {
  json::object out;
  out["condition"] = to_string(policy.condition);
  if (policy.max_attempts) out["max_attempts"] = *policy.max_attempts;
  out["delay"] = format_duration(policy.delay);
  out["backoff"] = policy.backoff;
  out["max_delay"] = format_duration(policy.max_delay);
  out["window"] = format_duration(policy.window);
  return out;
}

json::object to_json(const PublishedPort& port) {
  json::object out;
  out["host_ip"] = port.host_ip;
  out["published"] = port.published;
  out["target"] = port.target;
  out["protocol"] = port.protocol;
  out["where"] = to_json(port.where);
  return out;
}

}  // namespace

json::object to_json(const Service& service) {
  json::object out;
  out["name"] = service.name;
  out["runtime"] = service.runtime;
  out["replicas"] = service.replicas;
  out["profiles"] = to_json(service.profiles);
  json::object dependencies;
  for (const auto& [name, dependency] : service.depends_on) {
    dependencies[name] = to_json(dependency);
  }
  out["depends_on"] = std::move(dependencies);
  if (service.healthcheck) out["healthcheck"] = to_json(*service.healthcheck);
  out["restart"] = to_json(service.restart);
  if (service.stop_signal) out["stop_signal"] = *service.stop_signal;
  out["stop_grace_period"] = format_duration(service.stop_grace_period);
  out["argv"] = to_json(service.argv);
  out["environment"] = to_json(service.environment);
  out["working_dir"] = service.working_dir;
  out["stdin_open"] = service.stdin_open;
  out["tty"] = service.tty;
  json::array ports;
  for (const auto& port : service.ports) ports.push_back(to_json(port));
  out["ports"] = std::move(ports);
  out["spec"] = service.spec;
  out["where"] = to_json(service.where);
  out["runtime_where"] = to_json(service.runtime_where);
  json::object keys;
  for (const auto& [key, where] : service.key_where) keys[key] = to_json(where);
  out["key_where"] = std::move(keys);
  return out;
}

json::object to_json(const Project& project) {
  json::object out;
  out["name"] = project.name;
  out["directory"] = project.directory;
  out["files"] = to_json(project.files);
  json::object services;
  for (const auto& [name, service] : project.services) services[name] = to_json(service);
  out["services"] = std::move(services);
  out["disabled"] = to_json(project.disabled);
  out["warnings"] = to_json(project.warnings);
  out["resources"] = project.resources;
  json::object places;
  for (const auto& [resource, where] : project.resource_where) places[resource] = to_json(where);
  out["resource_where"] = std::move(places);
  out["host_environment"] = to_json(project.host_environment);
  json::object settings;
  for (const auto& [runtime, own] : project.runtime_settings) settings[runtime] = own;
  out["runtime_settings"] = std::move(settings);
  out["logs"] = {{"max_bytes", project.logs.max_bytes}, {"max_files", project.logs.max_files}};
  return out;
}

json::object to_json(const ExitInfo& exit) {
  json::object out;
  if (exit.code) out["code"] = *exit.code;
  if (exit.signal) out["signal"] = *exit.signal;
  out["oom"] = exit.oom;
  out["leftovers"] = exit.leftovers;
  out["cause"] = exit.cause;
  out["at"] = format_time(exit.at);
  return out;
}

json::object to_json(const ReplicaStatus& status) {
  json::object out;
  out["service"] = status.id.service;
  out["index"] = status.id.index;
  out["instance"] = status.instance;
  out["runtime"] = status.runtime;
  out["state"] = to_string(status.state);
  out["health"] = to_string(status.health);
  out["generation"] = status.generation;
  out["restarts"] = status.restarts;
  out["reason"] = status.reason;
  if (status.last_exit) out["last_exit"] = to_json(*status.last_exit);
  out["pid"] = status.pid;
  out["started_at"] = format_time(status.started_at);
  out["command"] = status.command;
  out["ports"] = to_json(status.ports);
  out["one_off"] = status.one_off;
  out["paused"] = status.paused;
  return out;
}

json::object to_json(const Event& event) {
  json::object out;
  out["sequence"] = event.sequence;
  out["at"] = format_time(event.at);
  out["type"] = event.type;
  out["service"] = event.service;
  out["index"] = event.index;
  out["action"] = event.action;
  out["message"] = event.message;
  if (event.prompt != 0) out["prompt"] = event.prompt;
  if (event.status) out["status"] = to_json(*event.status);
  return out;
}

}  // namespace consort::model
