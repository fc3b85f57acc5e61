#pragma once

#include <consort/values.hpp>

#include <string>

#include "plugins/docker/json_view.h"

// What the engine's GET /containers/ID/json says of a container. Pure functions.
namespace consort::docker {

bool lives(const json::value& inspected);
std::string started_at(const json::value& inspected);
std::string label(const json::value& inspected, const char* name);
Exit exit_of(const json::value& inspected);
// Why the image's own check failed last, of State.Health: "the probe exited with 1: last line of
// its output"; "" where it did not fail.
std::string last_check(const json::value& health);
json::array mounts_of(const json::value& inspected);
bool anonymous(const json::value& mount);  // a volume without a name

// What it publishes, as `ports` of the ABI's start and attach.
json::array published_ports(const json::value& inspected);
// What it runs, the image's own entrypoint and command included.
std::string command_of(const json::value& inspected);
// Whether the engine chooses any of the ports that a service publishes.
bool chooses_ports(const json::value& service);

// Whether a start was refused for what an engine that was killed has left of an earlier one: a
// container of another id can be started.
bool is_left_of_a_start(std::string_view message);

// Why a container that Consort did not start is in the way, and what to do.
std::string foreign(const json::value& inspected, const std::string& name);

// What a replaced container kept in anonymous volumes goes on in the new one, made from `body`.
void keep_anonymous_volumes(const json::value& old, json::object& body);

}  // namespace consort::docker
