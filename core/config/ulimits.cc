#include <array>
#include <limits>

#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

constexpr std::array<std::string_view, 2> keys = {"soft", "hard"};

std::optional<std::int64_t> read_limit(const Node& node, const Path& path, Diagnostics& out) {
  return read_integer(node, path, out, -1, std::numeric_limits<std::int64_t>::max(),
                      "0, 1, 2, ..., -1 for unlimited");
}

}  // namespace

boost::json::object read_ulimits(const Node& node, const Path& path, Diagnostics& out) {
  boost::json::object limits;
  if (!expect_map(node, path, out)) return limits;
  for (const auto& entry : node.entries) {
    if (is_extension(entry.key)) continue;
    const Path entry_path(path, entry.key);
    if (!entry.value.is_map()) {
      if (auto value = read_limit(entry.value, entry_path, out)) limits[entry.key] = *value;
      continue;
    }
    check_keys(entry.value, entry_path, keys, out);
    boost::json::object both;
    for (const auto key : keys) {
      const Entry* part = entry.value.find(key);
      if (!part) {
        out.error(entry.value.where, "cannot read " + entry_path.to_string() + ": " +
                                         std::string(key) +
                                         " is missing (accepted: a number, or soft and hard)");
      } else if (auto value = read_limit(part->value, Path(entry_path, key), out)) {
        both[key] = *value;
      }
    }
    limits[entry.key] = std::move(both);
  }
  return limits;
}

}  // namespace consort::config
