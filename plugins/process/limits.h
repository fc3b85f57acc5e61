#pragma once

#include <sys/resource.h>

#include <optional>
#include <string>
#include <string_view>

namespace consort::process {

// The resource of a Compose ulimit name ("nofile"), or none for an unknown name.
std::optional<int> limit_resource(std::string_view name);

struct Limit {
  int resource = 0;
  rlim_t soft = 0;
  rlim_t hard = 0;
};

// -1 means unlimited, as in Compose.
rlim_t limit_value(std::int64_t value);

// Why this process may not give a child `limit`, or "" if it may: only root raises a hard limit.
std::string cannot_grant(std::string_view name, const Limit& limit);

}  // namespace consort::process
