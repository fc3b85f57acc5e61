#include <consort/values.hpp>

#include <algorithm>
#include <charconv>

#include "plugins/docker/container_body.h"

namespace consort::docker {
namespace {

// One network of the service, first the one that gives the default route.
struct Endpoint {
  std::string network;
  std::int64_t priority;
  json::object config;
};

json::object endpoint_config(const Replica& replica, std::string_view key, const json::value& given,
                             ContainerPlan& plan) {
  const auto named = [&](const char* member) {
    return "networks." + std::string(key) + "." + member;
  };
  json::array aliases{plan.name};
  if (!replica.one_off) {
    aliases.emplace_back(replica.service);
    for (const auto& alias : array_at(given, "aliases")) aliases.emplace_back(to_text(alias));
  }
  json::object config{{"Aliases", std::move(aliases)}};
  json::object addresses;
  if (auto v4 = text_at(given, "ipv4_address"); !v4.empty()) addresses["IPv4Address"] = v4;
  if (auto v6 = text_at(given, "ipv6_address"); !v6.empty()) addresses["IPv6Address"] = v6;
  if (const auto& local = array_at(given, "link_local_ips"); !local.empty()) {
    addresses["LinkLocalIPs"] = local;
  }
  if (!addresses.empty()) config["IPAMConfig"] = std::move(addresses);
  if (auto mac = text_at(given, "mac_address"); !mac.empty()) {
    expect_api(replica, 44, named("mac_address"), plan);
    config["MacAddress"] = mac;
  }
  json::object options;
  for (const auto& [name, value] : object_at(given, "driver_opts")) options[name] = to_text(value);
  if (auto name = text_at(given, "interface_name"); !name.empty()) {
    require_api(replica, 49, named("interface_name"));
    options["com.docker.network.endpoint.ifname"] = name;
  }
  if (!options.empty()) config["DriverOpts"] = std::move(options);
  if (const auto gateway = integer_at(given, "gw_priority"); gateway != 0) {
    expect_api(replica, 48, named("gw_priority"), plan);
    config["GwPriority"] = gateway;
  }
  return config;
}

std::vector<Endpoint> endpoints_of(const Replica& replica, const json::value& service,
                                   ContainerPlan& plan) {
  std::vector<Endpoint> all;
  const auto add = [&](std::string_view key, const json::value& given) {
    all.push_back({resource_name(replica, "networks", key), integer_at(given, "priority"),
                   endpoint_config(replica, key, given, plan)});
  };
  for (const auto& [key, given] : object_at(service, "networks")) add(key, given);
  for (const auto& key : array_at(service, "networks")) add(to_text(key), json::value());
  if (all.empty()) add("default", json::value());
  std::ranges::stable_sort(all, [](const Endpoint& a, const Endpoint& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.network < b.network;
  });
  return all;
}

json::array links_of(const Replica& replica, const json::value& service) {
  json::array links;
  for (const auto& link : array_at(service, "links")) {
    const std::string text = to_text(link);
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string name = text.substr(0, colon);
    links.emplace_back(container_of_service(replica, name) + ":" +
                       (colon == text.size() ? name : text.substr(colon + 1)));
  }
  for (const auto& link : array_at(service, "external_links")) {
    const std::string text = to_text(link);
    links.emplace_back(text.find(':') == std::string::npos ? text + ":" + text : text);
  }
  return links;
}

// "80", "80/udp", "80-82/udp": each port of it, as the engine names it.
void add_exposed(const std::string& text, json::object& exposed) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string protocol = slash == text.size() ? "/tcp" : text.substr(slash);
  unsigned first = 0, last = 0;
  const char* end = text.data() + slash;
  auto read = std::from_chars(text.data(), end, first);
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, last);
  } else {
    last = first;
  }
  if (read.ec != std::errc() || read.ptr != end || first == 0 || last > 65535 || last < first) {
    throw Error(CONSORT_E_INVALID, "expose: \"" + text + "\" is no port");
  }
  for (; first <= last; ++first) exposed[std::to_string(first) + protocol] = json::object();
}

void add_ports(const json::value& service, json::object& body, json::object& host) {
  json::object exposed, bindings;
  for (const auto& port : array_at(service, "ports")) {
    const std::string protocol = text_at(port, "protocol");
    const std::string key = text_at(port, "target") + "/" + (protocol.empty() ? "tcp" : protocol);
    exposed[key] = json::object();
    json::value& list = bindings[key];
    if (!list.is_array()) list = json::array();
    list.get_array().push_back(json::object{{"HostIp", text_at(port, "host_ip")},
                                            {"HostPort", text_at(port, "published")}});
  }
  for (const auto& port : array_at(service, "expose")) add_exposed(to_text(port), exposed);
  if (!exposed.empty()) body["ExposedPorts"] = std::move(exposed);
  if (!bindings.empty()) host["PortBindings"] = std::move(bindings);
}

}  // namespace

void add_networks(const Replica& replica, const json::value& service, ContainerPlan& plan) {
  json::object& host = plan.body["HostConfig"].as_object();
  add_ports(service, plan.body, host);
  json::array links = links_of(replica, service);
  std::string mac = text_at(service, "mac_address");
  if (const auto mode = namespace_of(replica, at(service, "network_mode")); !mode.empty()) {
    host["NetworkMode"] = mode;
    if (!links.empty()) host["Links"] = std::move(links);
    if (!mac.empty()) plan.body["MacAddress"] = std::move(mac);
    return;
  }
  auto endpoints = endpoints_of(replica, service, plan);
  for (auto& endpoint : endpoints) {
    if (!links.empty()) endpoint.config["Links"] = links;
  }
  // Since 1.44 an address is an endpoint's.
  if (!mac.empty()) {
    json::object& holder = replica.api_version >= 44 ? endpoints.front().config : plan.body;
    holder.emplace("MacAddress", std::move(mac));
  }
  host["NetworkMode"] = endpoints.front().network;
  // Before 1.44 the engine takes one network at create; the others are connected after it.
  json::object taken;
  for (auto& endpoint : endpoints) {
    if (taken.empty() || replica.api_version >= 44) {
      taken[endpoint.network] = std::move(endpoint.config);
    } else {
      plan.connect.emplace_back(endpoint.network, std::move(endpoint.config));
    }
  }
  plan.body["NetworkingConfig"] = json::object{{"EndpointsConfig", std::move(taken)}};
}

}  // namespace consort::docker
