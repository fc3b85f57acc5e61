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
  resources,
  resource,
  other
};

enum class MergeRule {
  standard,     // maps by key, lists appended, else replaced; null keeps the base
  replace,      // the later value whole, null too
  environment,  // list or map, by name; null replaces
  hosts,        // list or map; equal entries once
  values,       // a text or a list; equal entries once
  targets,      // mounts and devices, by the path in the service
  env_files,    // by path
  depends_on,   // list or map
  networks,     // list or map
  logging,      // merged only where the driver is the same
  build,        // text or map
  ulimits,      // a number replaces
};

struct MergeRow {
  MergeLevel level;
  std::string_view key;
  MergeRule rule;
  MergeLevel below;  // of the map that is the key's value
};

// How the value of `key` in a map of this level is merged.
// Source: compose-go, override/merge.go and override/uncity.go.
MergeRow find_merge_row(MergeLevel level, std::string_view key);

}  // namespace consort::config
