#include "core/config/merge_rules.h"

namespace consort::config {
namespace {

using Level = MergeLevel;
using Rule = MergeRule;

constexpr MergeRow rows[] = {
    {Level::root, "services", Rule::standard, Level::services},
    {Level::root, "networks", Rule::standard, Level::networks},
    {Level::root, "volumes", Rule::standard, Level::resources},
    {Level::root, "secrets", Rule::standard, Level::resources},
    {Level::root, "configs", Rule::standard, Level::resources},
    {Level::network, "labels", Rule::by_name},
    {Level::network, "ipam", Rule::standard, Level::ipam},
    {Level::resource, "labels", Rule::by_name},
    {Level::ipam, "config", Rule::subnets},
    {Level::service, "command", Rule::replace},
    {Level::service, "entrypoint", Rule::replace},
    {Level::service, "args", Rule::replace},
    {Level::service, "binary", Rule::replace},
    {Level::service, "environment", Rule::by_name},
    {Level::service, "labels", Rule::by_name},
    {Level::service, "annotations", Rule::by_name},
    {Level::service, "sysctls", Rule::by_name},
    {Level::service, "extra_hosts", Rule::hosts},
    {Level::service, "expose", Rule::standard, Level::other, ItemKey::value},
    {Level::service, "dns", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "dns_opt", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "dns_search", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "cap_add", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "cap_drop", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "profiles", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "tmpfs", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "links", Rule::standard, Level::other, ItemKey::name},
    {Level::service, "volumes", Rule::standard, Level::other, ItemKey::target},
    {Level::service, "devices", Rule::standard, Level::other, ItemKey::target},
    {Level::service, "configs", Rule::standard, Level::other, ItemKey::config},
    {Level::service, "secrets", Rule::standard, Level::other, ItemKey::secret},
    {Level::service, "ports", Rule::standard, Level::other, ItemKey::port},
    {Level::service, "env_file", Rule::standard, Level::other, ItemKey::path},
    {Level::service, "networks", Rule::standard, Level::service_networks},
    {Level::service, "logging", Rule::logging},
    {Level::service, "build", Rule::standard, Level::build},
    {Level::service, "ulimits", Rule::limits},
    {Level::service, "deploy", Rule::standard, Level::deploy},
    {Level::service, "healthcheck", Rule::standard, Level::healthcheck},
    {Level::service, "variants", Rule::standard, Level::services},
    {Level::build, "args", Rule::by_name},
    {Level::build, "labels", Rule::by_name},
    {Level::build, "additional_contexts", Rule::by_name},
    {Level::build, "extra_hosts", Rule::hosts},
    {Level::build, "tags", Rule::standard, Level::other, ItemKey::name},
    {Level::deploy, "labels", Rule::by_name},
    {Level::healthcheck, "test", Rule::replace},
    {Level::service_network, "aliases", Rule::standard, Level::other, ItemKey::name},
    {Level::service_network, "link_local_ips", Rule::standard, Level::other, ItemKey::name},
};

}  // namespace

MergeRow find_merge_row(MergeLevel level, std::string_view key) {
  switch (level) {
    case Level::services:
      return {level, key, Rule::standard, Level::service};
    case Level::networks:
      return {level, key, Rule::standard, Level::network};
    case Level::resources:
      return {level, key, Rule::standard, Level::resource};
    case Level::service_networks:
      return {level, key, Rule::standard, Level::service_network};
    case Level::other:
      return {level, key};
    default:
      break;
  }
  for (const auto& row : rows) {
    if (row.level == level && row.key == key) return row;
  }
  return {level, key};
}

ItemKey item_key_of_list(std::string_view path_in_service) {
  Level level = Level::service;
  for (;;) {
    const auto dot = path_in_service.find('.');
    const MergeRow row = find_merge_row(level, path_in_service.substr(0, dot));
    if (dot == std::string_view::npos) return row.items;
    level = row.below;
    path_in_service.remove_prefix(dot + 1);
  }
}

}  // namespace consort::config
