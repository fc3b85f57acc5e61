#include "plugins/docker/container_body.h"

#include <consort/values.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdio>

namespace consort::docker {
namespace {

std::string depends_on_label(const json::value& service) {
  std::string text;
  for (const auto& [name, how] : object_at(service, "depends_on")) {
    const std::string condition = text_at(how, "condition");
    if (!text.empty()) text += ',';
    text += std::string(name) + ":" + (condition.empty() ? "service_started" : condition) + ":" +
            (bool_at(how, "restart") ? "true" : "false");
  }
  return text;
}

json::object labels_of(const Replica& replica, const json::value& service) {
  json::object all;
  for (const auto& [key, value] : object_at(service, "labels")) all[key] = to_text(value);
  all[labels::project] = replica.project;
  all[labels::service] = replica.service;
  all[labels::number] = std::to_string(replica.index);
  all[labels::one_off] = replica.one_off ? "True" : "False";
  all[labels::depends_on] = depends_on_label(service);
  return all;
}

// Where the project's files are is told to the tools that ask the engine; a container is no other
// one because they have moved.
void add_file_labels(const json::value& model, json::object& all) {
  all[labels::directory] = text_at(model, "directory");
  std::string files;
  for (const auto& file : array_at(model, "files")) {
    files += (files.empty() ? "" : ",") + to_text(file);
  }
  all[labels::files] = files;
}

// The file's own check for the engine to show; Consort probes itself, so the engine does not.
void add_healthcheck(const Replica& replica, const json::value& service, json::object& body) {
  const json::value& check = at(service, "healthcheck");
  if (!check.is_object()) return;
  const bool tests = !at(check, "test").is_null();
  if (bool_at(check, "disable") || tests) {
    body["Healthcheck"] = json::object{{"Test", json::array{"NONE"}}};
    return;
  }
  json::object out;  // of the image's own check
  const auto time = [&](const char* key, const char* name) {
    if (const auto ns = to_nanoseconds(at(check, key)); ns != 0) out[name] = ns;
  };
  time("interval", "Interval");
  time("timeout", "Timeout");
  time("start_period", "StartPeriod");
  if (!at(check, "start_interval").is_null()) {
    require_api(replica, 44, "healthcheck.start_interval of an image's own check");
    time("start_interval", "StartInterval");
  }
  if (const auto retries = integer_at(check, "retries"); retries != 0) out["Retries"] = retries;
  if (!out.empty()) body["Healthcheck"] = std::move(out);
}

void copy_text(const json::value& from, const char* key, json::object& to, const char* name) {
  if (auto text = text_at(from, key); !text.empty()) to[name] = std::move(text);
}

void copy_list(const json::value& from, const char* key, json::object& to, const char* name) {
  json::array list;
  if (const auto& one = at(from, key); one.is_string()) list.push_back(one);
  for (const auto& entry : array_at(from, key)) list.emplace_back(to_text(entry));
  if (!list.empty()) to[name] = std::move(list);
}

void copy_map(const json::value& from, const char* key, json::object& to, const char* name) {
  json::object map;
  for (const auto& [entry, value] : object_at(from, key)) map[entry] = to_text(value);
  for (const auto& value : array_at(from, key)) {
    const std::string text = to_text(value);
    const std::size_t equals = std::min(text.find('='), text.size());
    map[text.substr(0, equals)] = text.substr(std::min(equals + 1, text.size()));
  }
  if (!map.empty()) to[name] = std::move(map);
}

void add_command(const json::value& service, json::object& body) {
  const auto words = [&](const char* key, const char* name) {
    const json::value& value = at(service, key);
    if (value.is_string()) {
      body[name] = json::array{"/bin/sh", "-c", value};
    } else if (value.is_array()) {
      body[name] = value;
    }
  };
  words("entrypoint", "Entrypoint");
  words("command", "Cmd");
}

void add_log_driver(const json::value& service, json::object& host) {
  const json::value& logging = at(service, "logging");
  if (!logging.is_object()) return;
  json::object config{{"Type", text_at(logging, "driver")}, {"Config", json::object()}};
  copy_map(logging, "options", config, "Config");
  host["LogConfig"] = std::move(config);
}

void add_extra_hosts(const json::value& service, json::object& host) {
  json::array list;
  for (const auto& entry : array_at(service, "extra_hosts")) {
    std::string text = to_text(entry);
    if (const auto equals = text.find('='); equals != std::string::npos) text[equals] = ':';
    list.emplace_back(std::move(text));
  }
  for (const auto& [name, addresses] : object_at(service, "extra_hosts")) {
    const auto add = [&](const json::value& one) {
      list.emplace_back(std::string(name) + ":" + to_text(one));
    };
    if (const auto* several = addresses.if_array()) {
      for (const auto& one : *several) add(one);
    } else {
      add(addresses);
    }
  }
  if (!list.empty()) host["ExtraHosts"] = std::move(list);
}

json::object host_config(const Replica& replica, const json::value& service) {
  json::object host;
  host["RestartPolicy"] = json::object{{"Name", "no"}};  // Consort restarts
  for (const auto& [key, name] : {std::pair("cap_add", "CapAdd"),
                                  {"cap_drop", "CapDrop"},
                                  {"group_add", "GroupAdd"},
                                  {"dns", "Dns"},
                                  {"dns_search", "DnsSearch"},
                                  {"dns_opt", "DnsOptions"}}) {
    copy_list(service, key, host, name);
  }
  for (const auto& [key, name] : {std::pair("cgroup_parent", "CgroupParent"),
                                  {"cgroup", "CgroupnsMode"},
                                  {"userns_mode", "UsernsMode"},
                                  {"uts", "UTSMode"},
                                  {"isolation", "Isolation"},
                                  {"volume_driver", "VolumeDriver"}}) {
    copy_text(service, key, host, name);
  }
  copy_map(service, "sysctls", host, "Sysctls");
  copy_map(service, "storage_opt", host, "StorageOpt");
  copy_map(service, "annotations", host, "Annotations");
  if (bool_at(service, "privileged")) host["Privileged"] = true;
  if (bool_at(service, "read_only")) host["ReadonlyRootfs"] = true;
  if (!at(service, "init").is_null()) host["Init"] = bool_at(service, "init");
  if (auto mode = namespace_of(replica, at(service, "pid")); !mode.empty()) host["PidMode"] = mode;
  if (auto mode = namespace_of(replica, at(service, "ipc")); !mode.empty()) host["IpcMode"] = mode;
  if (auto runtime = oci_runtime_of(service); !runtime.empty()) host["Runtime"] = runtime;
  add_log_driver(service, host);
  add_extra_hosts(service, host);
  add_resources(service, host);
  add_security(replica, service, host);
  return host;
}

}  // namespace

std::string hash_of(const json::value& value) {
  const std::string text = json::serialize(value);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  char out[33];
  std::snprintf(out, sizeof out, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return out;
}

json::array environment_of(const json::value& service) {
  json::array env;
  for (const auto& [key, value] : object_at(service, "environment")) {
    // Without "=" the engine takes the variable of the image away.
    env.emplace_back(value.is_null() ? std::string(key) : std::string(key) + "=" + to_text(value));
  }
  for (const auto& entry : array_at(service, "environment")) env.push_back(entry);
  return env;
}

std::string oci_runtime_of(const json::value& service) {
  std::string name = text_at(service, "runtime");
  return name == "container" || name == "docker" ? "" : name;
}

std::string image_of(std::string_view project, std::string_view service_name,
                     const json::value& service) {
  std::string image = text_at(service, "image");
  if (image.empty()) image = std::string(project) + "-" + std::string(service_name);
  return image;
}

std::string container_name(const Replica& replica, const json::value& service) {
  if (auto name = text_at(service, "container_name"); !name.empty()) return name;
  if (replica.one_off) {
    const std::size_t dash = replica.instance.rfind('-');
    return replica.project + "-" + replica.service + "-run-" + replica.instance.substr(dash + 1);
  }
  return replica.project + "-" + replica.service + "-" + std::to_string(replica.index);
}

std::string resource_name(const Replica& replica, std::string_view kind, std::string_view key) {
  if (replica.model != nullptr) {
    const json::value& found = at(*replica.model, "resources", kind, key);
    if (auto name = text_at(found, "name"); !name.empty()) return name;
    if (bool_at(found, "external")) return std::string(key);
  }
  return replica.project + "_" + std::string(key);
}

std::string container_of_service(const Replica& replica, std::string_view service) {
  Replica other = replica;
  other.service = service;
  other.index = 1;
  other.one_off = false;
  static const json::value none;
  return container_name(other,
                        replica.model != nullptr ? at(*replica.model, "services", service) : none);
}

std::string namespace_of(const Replica& replica, const json::value& mode) {
  constexpr std::string_view prefix = "service:";
  const std::string text = to_text(mode);
  if (!text.starts_with(prefix)) return text;
  return "container:" + container_of_service(replica, text.substr(prefix.size()));
}

namespace {

// The Docker Engine that has this API first.
const char* engine_of(int api) {
  return api >= 49 ? "28.1" : api >= 48 ? "28" : api >= 45 ? "26" : api >= 44 ? "25" : "24";
}

std::string needs(const Replica& replica, int api, const std::string& key) {
  return key + " needs Docker Engine " + engine_of(api) + " (API 1." + std::to_string(api) +
         ") or later; this engine's API is 1." + std::to_string(replica.api_version);
}

}  // namespace

void require_api(const Replica& replica, int api, const std::string& key) {
  if (replica.api_version < api) throw Error(CONSORT_E_INVALID, needs(replica, api, key));
}

void expect_api(const Replica& replica, int api, const std::string& key, ContainerPlan& plan) {
  if (replica.api_version < api) {
    plan.warnings.push_back(needs(replica, api, key) + " and does nothing with it");
  }
}

ContainerPlan plan_container(const Replica& replica, const json::value& service) {
  for (const char* key : {"models", "pre_start", "provider", "credential_spec"}) {
    if (!at(service, key).is_null()) {
      throw Error(CONSORT_E_INVALID, std::string(key) + " is not supported for containers");
    }
  }
  ContainerPlan plan;
  plan.name = container_name(replica, service);
  plan.platform = text_at(service, "platform");
  json::object& body = plan.body;
  body["Image"] = image_of(replica.project, replica.service, service);
  json::array& variables = body["Env"].emplace_array() = environment_of(service);
  if (replica.proxies != nullptr) {
    const json::object& own = object_at(service, "environment");
    for (const auto& [name, value] : *replica.proxies) {
      if (!own.contains(name)) variables.emplace_back(std::string(name) + "=" + to_text(value));
    }
  }
  body["Labels"] = labels_of(replica, service);
  add_command(service, body);
  add_healthcheck(replica, service, body);
  for (const auto& [key, name] : {std::pair("hostname", "Hostname"),
                                  {"domainname", "Domainname"},
                                  {"user", "User"},
                                  {"working_dir", "WorkingDir"},
                                  {"stop_signal", "StopSignal"}}) {
    copy_text(service, key, body, name);
  }
  // For those who stop it by the engine, which counts whole seconds.
  if (const auto& grace = at(service, "stop_grace_period"); !grace.is_null()) {
    body["StopTimeout"] = (to_nanoseconds(grace) + 999'999'999) / 1'000'000'000;
  }
  if (bool_at(service, "tty")) body["Tty"] = true;
  if (bool_at(service, "stdin_open")) {
    body["OpenStdin"] = true;
    // Ends with the first that is attached: that is a one-off's `run`, but no restart of Consort.
    if (replica.one_off) body["StdinOnce"] = true;
  }
  body["HostConfig"] = host_config(replica, service);
  if (!object_at(service, "annotations").empty()) expect_api(replica, 43, "annotations", plan);
  add_networks(replica, service, plan);
  add_mounts(replica, service, plan);
  plan.hash = hash_of(json::array{body, plan.name, plan.platform});
  json::object& all = body["Labels"].as_object();
  all[labels::hash] = plan.hash;
  if (replica.model != nullptr) add_file_labels(*replica.model, all);
  all[labels::instance] = replica.instance;
  return plan;
}

}  // namespace consort::docker
