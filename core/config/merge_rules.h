#pragma once

#include <string_view>

namespace consort::config {

// Where in a document a map stands: rules depend on it.
enum class MergeLevel {
  root,
  services,
  service,
  build,
  deploy,
  healthcheck,
  service_networks,
  service_network,
  networks,
  network,
  ipam,
  resources,  // volumes, secrets, configs
  resource,
  other
};

enum class MergeRule {
  standard,  // maps by key, lists appended, else replaced; null keeps the base
  replace,   // the later value whole, null too
  by_name,   // names and values, by name; null replaces
  hosts,     // names and lists of addresses; equal addresses once
  logging,   // merged only where the driver is the same
  limits,    // a map whose values are replaced
  subnets,   // maps with the same subnet are merged
};

// By what the items of a list are told apart; the last of equals stays, in the first place.
enum class ItemKey { none, name, value, target, secret, config, port, path };

struct MergeRow {
  MergeLevel level;
  std::string_view key;
  MergeRule rule = MergeRule::standard;
  MergeLevel below = MergeLevel::other;  // of the map that is the key's value
  ItemKey items = ItemKey::none;
};

// How the value of `key` in a map of this level is merged.
// Source: compose-go, override/merge.go and override/uncity.go.
MergeRow find_merge_row(MergeLevel level, std::string_view key);

// By what the items of a list of a service are told apart: "ports", "build.tags".
ItemKey item_key_of_list(std::string_view path_in_service);

}  // namespace consort::config
