#include "plugins/docker/definitions.h"

#include <map>

namespace consort::docker {
namespace {

// As texts, in the order of their names: that of the file says nothing.
json::object texts(const json::object& map) {
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : map) sorted[key] = to_text(value);
  json::object all;
  for (const auto& [key, value] : sorted) all[key] = value;
  return all;
}

json::object labels_for(const Replica& project, const char* kind, const std::string& key,
                        const json::value& given) {
  json::object all = texts(object_at(given, "labels"));
  all[labels::project] = project.project;
  all[kind] = key;
  return all;
}

json::object ipam_of(const json::value& network) {
  const json::value& ipam = at(network, "ipam");
  json::object out;
  if (auto driver = text_at(ipam, "driver"); !driver.empty()) out["Driver"] = driver;
  json::array configs;
  for (const auto& config : array_at(ipam, "config")) {
    json::object one;
    for (const auto& [key, name] :
         {std::pair("subnet", "Subnet"), {"ip_range", "IPRange"}, {"gateway", "Gateway"}}) {
      if (auto text = text_at(config, key); !text.empty()) one[name] = text;
    }
    if (const auto& aux = object_at(config, "aux_addresses"); !aux.empty()) {
      one["AuxiliaryAddresses"] = texts(aux);
    }
    if (!one.empty()) configs.emplace_back(std::move(one));
  }
  if (!configs.empty()) out["Config"] = std::move(configs);
  if (const auto& options = object_at(ipam, "options"); !options.empty()) {
    out["Options"] = texts(options);
  }
  return out;
}

// Labels but those that Docker Compose and Consort keep their own account by.
std::map<std::string, std::string> own_labels(const json::value& labelled) {
  std::map<std::string, std::string> own;
  for (const auto& [key, value] : object_at(labelled, "Labels")) {
    if (!key.starts_with("com.docker.compose.")) own[key] = to_text(value);
  }
  return own;
}

std::string or_local(std::string driver) { return driver.empty() ? "local" : driver; }

}  // namespace

json::object network_body(const Replica& project, const std::string& key) {
  static const json::value none;
  const json::value& given =
      project.model != nullptr ? at(*project.model, "resources", "networks", key) : none;
  json::object body{{"Name", resource_name(project, "networks", key)},
                    {"CheckDuplicate", true},
                    {"Labels", labels_for(project, labels::network, key, given)}};
  if (auto driver = text_at(given, "driver"); !driver.empty()) body["Driver"] = driver;
  if (const auto& options = object_at(given, "driver_opts"); !options.empty()) {
    body["Options"] = texts(options);
  }
  for (const auto& [member, field] : {std::pair("internal", "Internal"),
                                      {"attachable", "Attachable"},
                                      {"enable_ipv6", "EnableIPv6"}}) {
    if (bool_at(given, member)) body[field] = true;
  }
  if (const auto& ipv4 = at(given, "enable_ipv4"); !ipv4.is_null()) {
    body["EnableIPv4"] = to_bool(ipv4);
  }
  if (auto ipam = ipam_of(given); !ipam.empty()) body["IPAM"] = std::move(ipam);
  std::string definition = hash_of(body);
  body["Labels"].as_object()[labels::definition] = std::move(definition);
  return body;
}

json::object volume_body(const Replica& project, const std::string& key) {
  static const json::value none;
  const json::value& given =
      project.model != nullptr ? at(*project.model, "resources", "volumes", key) : none;
  json::object body{{"Name", resource_name(project, "volumes", key)},
                    {"Labels", labels_for(project, labels::volume, key, given)}};
  if (auto driver = text_at(given, "driver"); !driver.empty()) body["Driver"] = driver;
  if (const auto& options = object_at(given, "driver_opts"); !options.empty()) {
    body["DriverOpts"] = texts(options);
  }
  return body;
}

std::string remedy_for(std::string_view message) {
  const auto says = [&](std::string_view part) { return message.find(part) != message.npos; };
  if (says("Pool overlaps")) {
    return "; give it another `ipam.config.subnet`, or remove the network that has this one "
           "(`docker network ls`, `docker network inspect NAME`)";
  }
  if (says("non-overlapping IPv4 address pool") || says("all predefined address pools")) {
    return "; remove networks that nobody uses (`docker network prune`), or give it an "
           "`ipam.config.subnet`";
  }
  if (says("plugin \"") && says("not found")) {
    return "; set another `driver`, or install the plugin (`docker plugin ls`)";
  }
  return "";
}

bool differs(const json::value& network, const json::object& body) {
  const std::string made_of = text_at(at(network, "Labels"), labels::definition);
  return !made_of.empty() && made_of != text_at(body.at("Labels"), labels::definition);
}

std::string volume_difference(const json::value& volume, const json::object& body) {
  const json::value wanted = body;
  std::string all;
  const auto note = [&](bool differs, const char* key) {
    if (differs) all += (all.empty() ? "" : ", ") + std::string(key);
  };
  note(or_local(text_at(volume, "Driver")) != or_local(text_at(wanted, "Driver")), "driver");
  note(texts(object_at(volume, "Options")) != texts(object_at(wanted, "DriverOpts")),
       "driver_opts");
  note(own_labels(volume) != own_labels(wanted), "labels");
  return all;
}

}  // namespace consort::docker
