#include "plugins/docker/inspected.h"

#include <set>

#include "plugins/docker/container_body.h"
#include "plugins/docker/log_cursor.h"

namespace consort::docker {

bool lives(const json::value& inspected) {
  const std::string status = text_at(at(inspected, "State"), "Status");
  return status == "running" || status == "paused" || status == "restarting";
}

std::string started_at(const json::value& inspected) {
  return text_at(at(inspected, "State"), "StartedAt");
}

std::string label(const json::value& inspected, const char* name) {
  return text_at(at(inspected, "Config", "Labels"), name);
}

Exit exit_of(const json::value& inspected) {
  const json::value& state = at(inspected, "State");
  Exit exit = Exit::with_code(static_cast<int>(integer_at(state, "ExitCode")));
  exit.oom = bool_at(state, "OOMKilled");
  exit.cause = text_at(state, "Error");
  exit.at_ns = parse_time_ns(text_at(state, "FinishedAt")).value_or(0);
  return exit;
}

std::string foreign(const json::value& inspected, const std::string& name) {
  const std::string project = label(inspected, labels::project);
  std::string text = "container " + name + " exists and was not started by Consort";
  if (project.empty()) return text + "; remove it (`docker rm -f " + name + "`) or rename it";
  return text + " but by Docker Compose (project " + project +
         "); to take over, end it there first: `docker compose -p " + project + " down`";
}

json::array published_ports(const json::value& inspected) {
  json::array ports;
  for (const auto& [key, unused] : object_at(at(inspected, "NetworkSettings"), "Ports")) {
    const std::string name(key);  // "80/tcp"
    const std::size_t slash = name.find('/');
    std::set<std::int64_t> everywhere;
    // The engine may choose another port for IPv6; where it is the same, it is told once.
    for (const bool six : {false, true}) {
      for (const auto& binding : array_at(at(inspected, "NetworkSettings", "Ports"), key)) {
        const std::int64_t published = integer_at(binding, "HostPort");
        std::string host = text_at(binding, "HostIp");
        if ((host == "::") != six) continue;
        if (host == "0.0.0.0") host.clear();
        if ((host.empty() || six) && !everywhere.insert(published).second) continue;
        ports.push_back(json::object{{"host_ip", host},
                                     {"published", published},
                                     {"target", to_integer(json::value(name.substr(0, slash)))},
                                     {"protocol", name.substr(slash + 1)}});
      }
    }
  }
  return ports;
}

std::string command_of(const json::value& inspected) {
  std::string command = text_at(inspected, "Path");
  for (const auto& word : array_at(inspected, "Args")) command += " " + to_text(word);
  return command;
}

bool chooses_ports(const json::value& service) {
  for (const auto& port : array_at(service, "ports")) {
    const std::string published = text_at(port, "published");
    const bool fixed = !published.empty() && published != "0" &&
                       published.find_first_not_of("0123456789") == std::string::npos;
    if (!fixed) return true;
  }
  return false;
}

std::string last_check(const json::value& health) {
  const auto& checks = array_at(health, "Log");
  const auto code = checks.empty() ? 0 : integer_at(checks.back(), "ExitCode");
  if (code == 0) return "";
  std::string output = text_at(checks.back(), "Output");
  output.erase(output.find_last_not_of(" \t\r\n") + 1);
  output.erase(0, output.find_last_of('\n') + 1);
  // The engine's own word for one that took too long.
  if (code == -1 && !output.empty()) return output;
  return "the probe exited with " + std::to_string(code) + (output.empty() ? "" : ": " + output);
}

bool is_left_of_a_start(std::string_view message) {
  return message.ends_with(": already exists") ||                      // containerd, of its task
         message.find("id already in use") != std::string_view::npos;  // runc
}

json::array mounts_of(const json::value& inspected) { return array_at(inspected, "Mounts"); }

bool anonymous(const json::value& mount) {
  const std::string name = text_at(mount, "Name");
  return text_at(mount, "Type") == "volume" && name.size() == 64 &&
         name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void keep_anonymous_volumes(const json::value& old, json::object& body) {
  json::object& host = body["HostConfig"].as_object();
  if (!host["Mounts"].is_array()) host["Mounts"].emplace_array();
  const json::value given(host);
  json::array& mounts = host["Mounts"].get_array();
  for (const auto& mount : mounts_of(old)) {
    if (!anonymous(mount)) continue;
    const std::string name = text_at(mount, "Name"), target = text_at(mount, "Destination");
    bool mounted = false;
    for (const auto& bind : array_at(given, "Binds")) {
      mounted = mounted || to_text(bind).find(":" + target + ":") != std::string::npos;
    }
    for (auto& present : mounts) {
      if (text_at(present, "Target") != target) continue;
      mounted = true;
      if (text_at(present, "Type") == "volume" && text_at(present, "Source").empty()) {
        present.as_object()["Source"] = name;
      }
    }
    if (mounted) continue;
    mounts.push_back(json::object{{"Type", "volume"}, {"Source", name}, {"Target", target}});
  }
}
}  // namespace consort::docker
