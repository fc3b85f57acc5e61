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
constexpr std::string_view names = "what it starts has no labels and no name of its own";
constexpr std::string_view images = "it has no image";

// Compose: the service definition of compose-spec.json.
constexpr ServiceKey keys[] = {
    {"annotations", image, names},
    {"args", command},
    {"attach", core},
    {"binary", command},
    {"blkio_config", runtime, limits},
    {"build", image, images},
    {"cap_add", runtime, rights},
    {"cap_drop", runtime, rights},
    {"cgroup", runtime, namespaces},
    {"cgroup_parent", runtime, namespaces},
    {"command", core},
    {"configs", runtime, mounts},
    {"container_name", image, names},
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
    {"develop", image, "its files are its own, nothing is copied or built for it"},
    {"device_cgroup_rules", runtime, rights},
    {"devices", runtime, mounts},
    {"dns", runtime, network},
    {"dns_opt", runtime, network},
    {"dns_search", runtime, network},
    {"domainname", image, network},
    {"entrypoint", core},
    {"env", core},
    {"env_file", core},
    {"environment", core},
    {"expose", image, network},
    {"extends", core},
    {"external_links", image, network},
    {"extra_hosts", runtime, network},
    {"gpus", runtime, limits},
    {"group_add", runtime, "it has the groups of its user"},
    {"healthcheck", core},
    {"host", moved},
    {"hostname", image, network},
    {"image", image, images},
    {"init", runtime, namespaces},
    {"ipc", runtime, namespaces},
    {"isolation", runtime, rights},
    {"label_file", image, names},
    {"labels", image, names},
    {"links", image, network},
    {"logging", runtime},
    {"mac_address", image, network},
    {"mem_limit", runtime, limits},
    {"mem_reservation", runtime, limits},
    {"mem_swappiness", runtime, limits},
    {"memswap_limit", runtime, limits},
    {"models", runtime, "the runtime runs no models"},
    {"network_mode", runtime, network},
    {"networks", image, network},
    {"oom_kill_disable", runtime, limits},
    {"oom_score_adj", runtime, limits},
    {"pid", runtime, namespaces},
    {"pids_limit", runtime, limits},
    {"platform", image, images},
    {"ports", core},
    {"post_start", runtime, hooks},
    {"pre_start", runtime, hooks},
    {"pre_stop", runtime, hooks},
    {"privileged", runtime, rights},
    {"profiles", core},
    {"provider", runtime, "the runtime asks no providers"},
    {"pull_policy", image, images},
    {"pull_refresh_after", image, images},
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
    {"user", runtime, "who logs in on the host runs it (host: USER@NAME)"},
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
