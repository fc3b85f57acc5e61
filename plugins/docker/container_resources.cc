#include <cmath>

#include "plugins/docker/container_body.h"

namespace consort::docker {
namespace {

void add_limits(const json::value& service, json::object& host) {
  const json::value& limits = at(service, "deploy", "resources", "limits");
  const json::value& reservations = at(service, "deploy", "resources", "reservations");
  const auto bytes = [&](const char* key, const char* name) {
    if (const auto value = to_bytes(at(service, key)); value != 0) host[name] = value;
  };
  const auto number = [&](const char* key, const char* name) {
    if (const auto value = integer_at(service, key); value != 0) host[name] = value;
  };
  bytes("mem_limit", "Memory");
  bytes("memswap_limit", "MemorySwap");
  bytes("mem_reservation", "MemoryReservation");
  bytes("shm_size", "ShmSize");
  number("cpu_shares", "CpuShares");
  number("cpu_count", "CpuCount");
  number("cpu_percent", "CpuPercent");
  number("pids_limit", "PidsLimit");
  number("oom_score_adj", "OomScoreAdj");
  if (const auto& value = at(service, "mem_swappiness"); !value.is_null()) {
    host["MemorySwappiness"] = to_integer(value);
  }
  if (bool_at(service, "oom_kill_disable")) host["OomKillDisable"] = true;
  // Microseconds, as numbers or as times.
  for (const auto& [key, name] : {std::pair("cpu_period", "CpuPeriod"),
                                  {"cpu_quota", "CpuQuota"},
                                  {"cpu_rt_period", "CpuRealtimePeriod"},
                                  {"cpu_rt_runtime", "CpuRealtimeRuntime"}}) {
    const json::value& value = at(service, key);
    const std::string text = to_text(value);
    const bool plain = text.find_first_not_of("0123456789") == std::string::npos;
    const auto us = plain ? to_integer(value) : to_nanoseconds(value) / 1000;
    if (us != 0) host[name] = us;
  }
  if (auto set = text_at(service, "cpuset"); !set.empty()) host["CpusetCpus"] = set;
  double cpus = to_double(at(service, "cpus"));
  if (const auto& value = at(limits, "cpus"); !value.is_null()) cpus = to_double(value);
  if (cpus > 0) host["NanoCpus"] = static_cast<std::int64_t>(std::llround(cpus * 1e9));
  if (const auto value = to_bytes(at(limits, "memory")); value != 0) host["Memory"] = value;
  if (const auto value = integer_at(limits, "pids"); value != 0) host["PidsLimit"] = value;
  if (const auto value = to_bytes(at(reservations, "memory")); value != 0) {
    host["MemoryReservation"] = value;
  }
}

void add_ulimits(const json::value& service, json::object& host) {
  json::array all;
  for (const auto& [name, limit] : object_at(service, "ulimits")) {
    const bool pair = limit.is_object();
    all.push_back(json::object{{"Name", name},
                               {"Soft", pair ? integer_at(limit, "soft") : to_integer(limit)},
                               {"Hard", pair ? integer_at(limit, "hard") : to_integer(limit)}});
  }
  if (!all.empty()) host["Ulimits"] = std::move(all);
}

json::object device_request(const json::value& given) {
  json::object request;
  json::array capabilities = array_at(given, "capabilities");
  request["Capabilities"] = json::array{json::value(std::move(capabilities))};
  if (auto driver = text_at(given, "driver"); !driver.empty()) request["Driver"] = driver;
  const json::array& ids = array_at(given, "device_ids");
  if (!ids.empty()) {
    request["DeviceIDs"] = ids;
  } else {
    const std::string count = text_at(given, "count");
    request["Count"] = count.empty() || count == "all" ? -1 : integer_at(given, "count");
  }
  if (const auto& options = object_at(given, "options"); !options.empty()) {
    json::object all;
    for (const auto& [key, value] : options) all[key] = to_text(value);
    request["Options"] = std::move(all);
  }
  return request;
}

void add_devices(const json::value& service, json::object& host) {
  json::array devices, requests;
  for (const auto& device : array_at(service, "devices")) {
    std::string source = text_at(device, "source");
    std::string target = text_at(device, "target");
    std::string permissions = text_at(device, "permissions");
    if (device.is_string()) {
      const std::string text = to_text(device);
      const std::size_t first = std::min(text.find(':'), text.size());
      source = text.substr(0, first);
      const std::string rest = text.substr(std::min(first + 1, text.size()));
      const std::size_t second = std::min(rest.find(':'), rest.size());
      target = rest.substr(0, second);
      permissions = rest.substr(std::min(second + 1, rest.size()));
    }
    if (source.find('=') != std::string::npos && source.find('/') != 0) {  // CDI: "vendor/c=name"
      requests.push_back(json::object{{"Driver", "cdi"}, {"DeviceIDs", json::array{source}}});
      continue;
    }
    devices.push_back(
        json::object{{"PathOnHost", source},
                     {"PathInContainer", target.empty() ? source : target},
                     {"CgroupPermissions", permissions.empty() ? "rwm" : permissions}});
  }
  const auto gpu = [&](json::value given) {
    json::object request = device_request(given);
    json::array& capabilities = request["Capabilities"].get_array()[0].get_array();
    if (capabilities.empty()) capabilities.emplace_back("gpu");
    requests.push_back(std::move(request));
  };
  if (const auto& gpus = at(service, "gpus"); gpus.is_string()) gpu(json::object());
  for (const auto& one : array_at(service, "gpus")) gpu(one);
  for (const auto& one : array_at(at(service, "deploy", "resources", "reservations"), "devices")) {
    requests.push_back(device_request(one));
  }
  if (!devices.empty()) host["Devices"] = std::move(devices);
  if (!requests.empty()) host["DeviceRequests"] = std::move(requests);
  if (const auto& rules = array_at(service, "device_cgroup_rules"); !rules.empty()) {
    host["DeviceCgroupRules"] = rules;
  }
}

void add_blkio(const json::value& service, json::object& host) {
  const json::value& blkio = at(service, "blkio_config");
  if (!blkio.is_object()) return;
  if (const auto weight = integer_at(blkio, "weight"); weight != 0) host["BlkioWeight"] = weight;
  // The canonical form has the members as the engine does.
  const auto devices = [&](const char* key, const char* name, const char* member) {
    json::array all;
    for (const auto& one : array_at(blkio, key)) {
      all.push_back(
          json::object{{"Path", text_at(one, "Path")}, {member, to_bytes(at(one, member))}});
    }
    if (!all.empty()) host[name] = std::move(all);
  };
  devices("weight_device", "BlkioWeightDevice", "Weight");
  devices("device_read_bps", "BlkioDeviceReadBps", "Rate");
  devices("device_write_bps", "BlkioDeviceWriteBps", "Rate");
  devices("device_read_iops", "BlkioDeviceReadIOps", "Rate");
  devices("device_write_iops", "BlkioDeviceWriteIOps", "Rate");
}

}  // namespace

void add_resources(const json::value& service, json::object& host_config) {
  add_limits(service, host_config);
  add_ulimits(service, host_config);
  add_devices(service, host_config);
  add_blkio(service, host_config);
}

}  // namespace consort::docker
