#include "plugins/docker/report.h"

#include "plugins/docker/log_cursor.h"

namespace consort::docker {

std::string stats_of(const json::value& stats) {
  const json::value& memory = at(stats, "memory_stats");
  // As docker stats: what the kernel can take back is not counted (cgroup v2, else v1).
  const json::value& detail = at(memory, "stats");
  const std::int64_t inactive = at(detail, "inactive_file").is_null()
                                    ? integer_at(detail, "total_inactive_file")
                                    : integer_at(detail, "inactive_file");
  std::int64_t received = 0, sent = 0, read = 0, written = 0;
  for (const auto& [name, network] : object_at(stats, "networks")) {
    received += integer_at(network, "rx_bytes");
    sent += integer_at(network, "tx_bytes");
  }
  for (const auto& one : array_at(at(stats, "blkio_stats"), "io_service_bytes_recursive")) {
    const std::string kind = text_at(one, "op");
    if (kind == "read" || kind == "Read") read += integer_at(one, "value");
    if (kind == "write" || kind == "Write") written += integer_at(one, "value");
  }
  return json::serialize(json::object{
      {"at_ns", parse_time_ns(text_at(stats, "read")).value_or(0)},
      {"cpu_ns", integer_at(at(stats, "cpu_stats", "cpu_usage"), "total_usage")},
      {"memory_bytes", integer_at(memory, "usage") - inactive},
      {"memory_limit_bytes", integer_at(memory, "limit")},
      {"pids", integer_at(at(stats, "pids_stats"), "current")},
      {"read_bytes", read},
      {"write_bytes", written},
      {"rx_bytes", received},
      {"tx_bytes", sent},
  });
}

std::string processes_of(const json::value& top) {
  return json::serialize(
      json::object{{"titles", array_at(top, "Titles")}, {"processes", array_at(top, "Processes")}});
}

std::string fingerprint_of(const json::value& info, const Address& address, int api_version) {
  json::array problems;
  if (!bool_at(info, "LiveRestoreEnabled")) {
    problems.push_back(json::object{
        {"message", "a restart of the engine ends its containers: live-restore is off"},
        {"advice", "set {\"live-restore\": true} in /etc/docker/daemon.json and reload it"}});
  }
  for (const auto& warning : array_at(info, "Warnings")) {
    problems.push_back(json::object{{"message", to_text(warning)}, {"advice", ""}});
  }
  const std::string version = text_at(info, "ServerVersion");
  return json::serialize(json::object{
      {"summary", "Docker Engine " + version + " at " + address.text},
      {"facts", json::object{{"api", "1." + std::to_string(api_version)},
                             {"storage", text_at(info, "Driver")},
                             {"cgroup", text_at(info, "CgroupVersion")},
                             {"live-restore", bool_at(info, "LiveRestoreEnabled") ? "on" : "off"}}},
      {"problems", std::move(problems)},
  });
}

}  // namespace consort::docker
