#include "core/config/service_keys.h"

#include <algorithm>
#include <iterator>

namespace consort::config {
namespace {

using enum KeyUse;

constexpr std::string_view rights = "it runs with the rights of its user";
constexpr std::string_view mounts = "it sees the files of its machine, nothing is mounted for it";
constexpr std::string_view network = "it is in the network of its machine";
constexpr std::string_view limits = "the runtime sets no such limit";
constexpr std::string_view namespaces = "it has no namespaces of its own";
constexpr std::string_view hooks = "the runtime runs no hooks";

// Compose: the service definition of compose-spec.json.
constexpr ServiceKey keys[] = {
    {"annotations", moved},
    {"args", command},
    {"attach", moved},
    {"binary", command},
    {"blkio_config", runtime, limits},
    {"build", moved},
    {"cap_add", runtime, rights},
    {"cap_drop", runtime, rights},
    {"cgroup", runtime, namespaces},
    {"cgroup_parent", runtime, namespaces},
    {"command", core},
    {"configs", runtime, mounts},
    {"container_name", moved},
    {"cpu_count", runtime, limits},
    {"cpu_percent", runtime, limits},
    {"cpu_period", runtime, limits},
    {"cpu_quota", runtime, limits},
    {"cpu_rt_period", runtime, limits},
    {"cpu_rt_runtime", runtime, limits},
    {"cpu_shares", runtime, limits},
    {"cpus", runtime, limits},
    {"cpuset", runtime, limits},
    {"credential_spec", runtime, rights},
    {"depends_on", core},
    {"deploy", core},
    {"develop", moved},
    {"device_cgroup_rules", runtime, rights},
    {"devices", runtime, mounts},
    {"dns", runtime, network},
    {"dns_opt", runtime, network},
    {"dns_search", runtime, network},
    {"domainname", moved},
    {"entrypoint", core},
    {"env", core},
    {"env_file", core},
    {"environment", core},
    {"expose", moved},
    {"extends", core},
    {"external_links", moved},
    {"extra_hosts", runtime, network},
    {"gpus", runtime, limits},
    {"group_add", runtime},
    {"healthcheck", core},
    {"host", moved},
    {"hostname", moved},
    {"image", moved},
    {"init", runtime, namespaces},
    {"ipc", runtime, namespaces},
    {"isolation", runtime, rights},
    {"label_file", moved},
    {"labels", moved},
    {"links", moved},
    {"logging", runtime},
    {"mac_address", moved},
    {"mem_limit", runtime, limits},
    {"mem_reservation", runtime, limits},
    {"mem_swappiness", runtime, limits},
    {"memswap_limit", runtime, limits},
    {"models", runtime},
    {"network_mode", runtime, network},
    {"networks", moved},
    {"oom_kill_disable", runtime, limits},
    {"oom_score_adj", runtime, limits},
    {"pid", runtime, namespaces},
    {"pids_limit", runtime, limits},
    {"platform", moved},
    {"ports", core},
    {"post_start", runtime, hooks},
    {"pre_start", runtime, hooks},
    {"pre_stop", runtime, hooks},
    {"privileged", runtime, rights},
    {"profiles", core},
    {"provider", runtime},
    {"pull_policy", moved},
    {"pull_refresh_after", moved},
    {"read_only", runtime, mounts},
    {"replicas", core},
    {"restart", core},
    {"runtime", core},
    {"scale", core},
    {"secrets", runtime, mounts},
    {"security_opt", runtime, rights},
    {"shm_size", runtime, limits},
    {"stdin", core},
    {"stdin_open", core},
    {"stop_grace_period", core},
    {"stop_signal", core},
    {"storage_opt", runtime, mounts},
    {"sysctls", runtime, network},
    {"tmpfs", runtime, mounts},
    {"tty", core},
    {"ulimits", runtime, limits},
    {"umask", moved},
    {"use_api_socket", runtime, mounts},
    {"user", runtime},
    {"userns_mode", runtime, rights},
    {"uts", runtime, namespaces},
    {"variants", core},
    {"volumes", runtime, mounts},
    {"volumes_from", runtime, mounts},
    {"working_dir", core},
};
static_assert(std::is_sorted(std::begin(keys), std::end(keys),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

constexpr std::string_view top_level[] = {"name",    "version", "services", "networks", "volumes",
                                          "secrets", "configs", "include",  "models"};

}  // namespace

std::span<const ServiceKey> service_keys() { return keys; }

const ServiceKey* find_service_key(std::string_view name) {
  const auto* found = std::lower_bound(
      std::begin(keys), std::end(keys), name,
      [](const ServiceKey& key, std::string_view wanted) { return key.name < wanted; });
  return found != std::end(keys) && found->name == name ? found : nullptr;
}

std::span<const std::string_view> top_level_keys() { return top_level; }

}  // namespace consort::config
