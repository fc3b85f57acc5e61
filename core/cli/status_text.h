#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/model/event.h"

// How a replica is described to people and in `ps --format json`. Pure.
namespace consort::cli {

// "3 seconds", "About a minute", "2 hours": as Docker says it. Source: go-units, HumanDuration.
std::string human_duration(std::chrono::nanoseconds duration);

// "Up 5 minutes (healthy)", "Exited (1) 3 seconds ago", "Waiting for db to be healthy".
std::string status_text(const model::ReplicaStatus& status, model::WallTime now);

// A port of ReplicaStatus::ports, "127.0.0.1:8080->80/tcp" or "80/tcp", taken apart.
struct PortText {
  std::string address;  // "" where it is not published
  std::string published;
  std::string target;
  std::string protocol = "tcp";
};
PortText parse_port(std::string_view text);

// Compose's members of `ps --format json`, and Runtime, Pid, Instance, Restarts, Reason.
boost::json::object ps_json(const model::ReplicaStatus& status, const std::string& project,
                            model::WallTime now);

// Does the state have this name? Ours, or Docker's (created, restarting, dead, paused).
bool state_is(const model::ReplicaStatus& status, std::string_view name);
bool is_state_name(std::string_view name);

}  // namespace consort::cli
