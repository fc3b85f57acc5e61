#include "core/config/service_keys.h"

#include <algorithm>
#include <iterator>

namespace consort::config {
namespace {

using enum KeyUse;

// Compose: the service definition of compose-spec.json.
constexpr ServiceKey keys[] = {
    {"annotations", core},
    {"args", command},
    {"attach", core},
    {"binary", command},
    {"blkio_config", runtime},
    {"build", runtime},
    {"cap_add", runtime},
    {"cap_drop", runtime},
    {"cgroup", runtime},
    {"cgroup_parent", runtime},
    {"command", core},
    {"configs", runtime},
    {"container_name", runtime},
    {"cpu_count", runtime},
    {"cpu_percent", runtime},
    {"cpu_period", runtime},
    {"cpu_quota", runtime},
    {"cpu_rt_period", runtime},
    {"cpu_rt_runtime", runtime},
    {"cpu_shares", runtime},
    {"cpus", runtime},
    {"cpuset", runtime},
    {"credential_spec", runtime},
    {"depends_on", core},
    {"deploy", core},
    {"develop", core},
    {"device_cgroup_rules", runtime},
    {"devices", runtime},
    {"dns", runtime},
    {"dns_opt", runtime},
    {"dns_search", runtime},
    {"domainname", runtime},
    {"entrypoint", core},
    {"env", core},
    {"env_file", core},
    {"environment", core},
    {"expose", core},
    {"extends", core},
    {"external_links", runtime},
    {"extra_hosts", runtime},
    {"gpus", runtime},
    {"group_add", runtime},
    {"healthcheck", core},
    {"host", runtime},
    {"hostname", runtime},
    {"image", runtime},
    {"init", runtime},
    {"ipc", runtime},
    {"isolation", runtime},
    {"label_file", core},
    {"labels", core},
    {"links", runtime},
    {"logging", runtime},
    {"mac_address", runtime},
    {"mem_limit", runtime},
    {"mem_reservation", runtime},
    {"mem_swappiness", runtime},
    {"memswap_limit", runtime},
    {"models", runtime},
    {"network_mode", runtime},
    {"networks", runtime},
    {"oom_kill_disable", runtime},
    {"oom_score_adj", runtime},
    {"pid", runtime},
    {"pids_limit", runtime},
    {"platform", runtime},
    {"ports", core},
    {"post_start", runtime},
    {"pre_start", runtime},
    {"pre_stop", runtime},
    {"privileged", runtime},
    {"profiles", core},
    {"provider", runtime},
    {"pull_policy", runtime},
    {"pull_refresh_after", runtime},
    {"read_only", runtime},
    {"replicas", core},
    {"restart", core},
    {"runtime", core},
    {"scale", core},
    {"secrets", runtime},
    {"security_opt", runtime},
    {"shm_size", runtime},
    {"stdin", core},
    {"stdin_open", core},
    {"stop_grace_period", core},
    {"stop_signal", core},
    {"storage_opt", runtime},
    {"sysctls", runtime},
    {"tmpfs", runtime},
    {"tty", core},
    {"ulimits", runtime},
    {"umask", runtime},
    {"use_api_socket", runtime},
    {"user", runtime},
    {"userns_mode", runtime},
    {"uts", runtime},
    {"variants", core},
    {"volumes", runtime},
    {"volumes_from", runtime},
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
