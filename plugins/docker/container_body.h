#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/docker/json_view.h"

// From a service in Compose's canonical form (as `docker compose config --format json` prints it)
// to the body of the engine's POST /containers/create. Pure functions, but that plan_container()
// reads the seccomp profile that `security_opt` names.
namespace consort::docker {

// What a service's mapping does not say of one replica of it.
struct Replica {
  std::string project;
  std::string service;
  std::string instance;
  std::uint32_t index = 1;
  bool one_off = false;
  int api_version = 41;                   // the 41 of 1.41
  const json::value* model = nullptr;     // of prepare(): {"directory", "files", "services",
                                          // "resources", "environment"}; null: none
  const json::object* proxies = nullptr;  // variables where the service has none of their name
};

// A file that is written into a container before it starts.
struct File {
  std::string path;  // absolute, in the container
  std::string content;
  std::uint32_t mode = 0444;
  std::int64_t uid = 0, gid = 0;
};

struct ContainerPlan {
  std::string name;  // of the container
  std::string hash;  // of what counts for whether a container may be used again
  std::string platform;
  json::object body;
  // Networks to connect before the start, by name: what the engine does not take with `body`.
  std::vector<std::pair<std::string, json::object>> connect;
  std::vector<File> files;
  std::vector<std::string> warnings;  // "KEY does nothing: why"
};

// Throws Error (CONSORT_E_INVALID): "KEY: what cannot be done".
ContainerPlan plan_container(const Replica& replica, const json::value& service);

// The service's container_name (of a one-off: as `run --name` has it), else "PROJECT-SERVICE-N" or
// a one-off's "PROJECT-SERVICE-run-ID".
std::string container_name(const Replica& replica, const json::value& service);
// What `runtime` names where it does not name one of ours; "": the engine's default.
std::string oci_runtime_of(const json::value& service);
// "NAME=value" of a service's or a command's `environment`.
json::array environment_of(const json::value& service);
// What the engine is asked to run: `image`, else the name of what `build` makes.
std::string image_of(std::string_view project, std::string_view service_name,
                     const json::value& service);
// The name that the engine knows a network or volume ("networks", "volumes") of the file by.
std::string resource_name(const Replica& replica, std::string_view kind, std::string_view key);

namespace labels {
inline constexpr const char* project = "com.docker.compose.project";
inline constexpr const char* service = "com.docker.compose.service";
inline constexpr const char* number = "com.docker.compose.container-number";
inline constexpr const char* one_off = "com.docker.compose.oneoff";
inline constexpr const char* hash = "com.docker.compose.config-hash";
inline constexpr const char* directory = "com.docker.compose.project.working_dir";
inline constexpr const char* files = "com.docker.compose.project.config_files";
inline constexpr const char* depends_on = "com.docker.compose.depends_on";
inline constexpr const char* network = "com.docker.compose.network";
inline constexpr const char* volume = "com.docker.compose.volume";
inline constexpr const char* instance = "io.consort.instance";  // the first that it ran as
// Of a network: what it was made of. Docker Compose's own label holds another hash.
inline constexpr const char* definition = "io.consort.definition";
}  // namespace labels

// 32 hex digits; the order of members counts.
std::string hash_of(const json::value& value);

// The parts, each adding its own to `plan`.
void add_networks(const Replica& replica, const json::value& service, ContainerPlan& plan);
void add_mounts(const Replica& replica, const json::value& service, ContainerPlan& plan);
void add_resources(const json::value& service, json::object& host_config);
void add_security(const Replica& replica, const json::value& service, json::object& host_config);

// What an engine older than API 1.`api` would pass over without a word: refused, or told.
void require_api(const Replica& replica, int api, const std::string& key);
void expect_api(const Replica& replica, int api, const std::string& key, ContainerPlan& plan);

// "container:NAME" for "service:NAME" (network_mode, pid, ipc), else as it is.
std::string namespace_of(const Replica& replica, const json::value& mode);
std::string container_of_service(const Replica& replica, std::string_view service);

}  // namespace consort::docker
