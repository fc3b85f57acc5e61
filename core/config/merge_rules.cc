#include "core/config/merge_rules.h"

namespace consort::config {
namespace {

using Level = MergeLevel;
using Rule = MergeRule;

constexpr MergeRow rows[] = {
    {Level::root, "services", Rule::standard, Level::services},
    {Level::root, "networks", Rule::standard, Level::resources},
    {Level::root, "volumes", Rule::standard, Level::resources},
    {Level::root, "secrets", Rule::standard, Level::resources},
    {Level::root, "configs", Rule::standard, Level::resources},
    {Level::resource, "labels", Rule::environment, Level::other},
    {Level::resource, "driver_opts", Rule::standard, Level::other},
    {Level::service, "command", Rule::replace, Level::other},
    {Level::service, "entrypoint", Rule::replace, Level::other},
    {Level::service, "args", Rule::replace, Level::other},
    {Level::service, "binary", Rule::replace, Level::other},
    {Level::service, "environment", Rule::environment, Level::other},
    {Level::service, "labels", Rule::environment, Level::other},
    {Level::service, "annotations", Rule::environment, Level::other},
    {Level::service, "sysctls", Rule::environment, Level::other},
    {Level::service, "extra_hosts", Rule::hosts, Level::other},
    {Level::service, "expose", Rule::values, Level::other},
    {Level::service, "dns", Rule::values, Level::other},
    {Level::service, "dns_opt", Rule::values, Level::other},
    {Level::service, "dns_search", Rule::values, Level::other},
    {Level::service, "cap_add", Rule::values, Level::other},
    {Level::service, "cap_drop", Rule::values, Level::other},
    {Level::service, "profiles", Rule::values, Level::other},
    {Level::service, "tmpfs", Rule::values, Level::other},
    {Level::service, "links", Rule::values, Level::other},
    {Level::service, "label_file", Rule::values, Level::other},
    {Level::service, "volumes", Rule::targets, Level::other},
    {Level::service, "configs", Rule::targets, Level::other},
    {Level::service, "secrets", Rule::targets, Level::other},
    {Level::service, "devices", Rule::targets, Level::other},
    {Level::service, "env_file", Rule::env_files, Level::other},
    {Level::service, "depends_on", Rule::depends_on, Level::other},
    {Level::service, "networks", Rule::networks, Level::other},
    {Level::service, "logging", Rule::logging, Level::other},
    {Level::service, "build", Rule::build, Level::build},
    {Level::service, "ulimits", Rule::ulimits, Level::other},
    {Level::service, "deploy", Rule::standard, Level::deploy},
    {Level::service, "healthcheck", Rule::standard, Level::healthcheck},
    {Level::build, "args", Rule::environment, Level::other},
    {Level::build, "labels", Rule::environment, Level::other},
    {Level::build, "additional_contexts", Rule::environment, Level::other},
    {Level::build, "extra_hosts", Rule::hosts, Level::other},
    {Level::build, "tags", Rule::values, Level::other},
    {Level::build, "ulimits", Rule::ulimits, Level::other},
    {Level::deploy, "labels", Rule::environment, Level::other},
    {Level::healthcheck, "test", Rule::replace, Level::other},
};

}  // namespace

MergeRow find_merge_row(MergeLevel level, std::string_view key) {
  if (level == Level::services) return {level, key, Rule::standard, Level::service};
  if (level == Level::resources) return {level, key, Rule::standard, Level::resource};
  if (level != Level::other) {
    for (const auto& row : rows) {
      if (row.level == level && row.key == key) return row;
    }
  }
  return {level, key, Rule::standard, Level::other};
}

}  // namespace consort::config
