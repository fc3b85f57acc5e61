#include "plugins/docker/inspected.h"

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
