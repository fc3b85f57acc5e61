#include <array>
#include <limits>

#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

using model::RestartCondition;

constexpr std::string_view accepted = "\"no\", always, on-failure, on-failure:3, unless-stopped";
constexpr std::array<std::string_view, 4> policy_keys = {"condition", "delay", "max_attempts",
                                                         "window"};

std::optional<std::uint32_t> limit(std::int64_t attempts) {
  if (attempts == 0) return std::nullopt;  // Docker: no limit
  return static_cast<std::uint32_t>(attempts);
}

}  // namespace

void read_restart(const Node& node, const Path& path, model::RestartPolicy& policy,
                  Diagnostics& out) {
  const std::string_view text = node.is_scalar() ? std::string_view(node.text) : std::string_view();
  if (text == "no") {
    policy.condition = RestartCondition::never;
  } else if (text == "always") {
    policy.condition = RestartCondition::always;
  } else if (text == "unless-stopped") {
    policy.condition = RestartCondition::unless_stopped;
  } else if (text == "on-failure") {
    policy.condition = RestartCondition::on_failure;
  } else if (text.starts_with("on-failure:")) {
    const auto attempts = parse_integer(text.substr(11));
    if (!attempts || *attempts < 0 || *attempts > std::numeric_limits<std::uint32_t>::max()) {
      wrong_value(node, path, "a restart policy", accepted, out);
      return;
    }
    policy.condition = RestartCondition::on_failure;
    policy.max_attempts = limit(*attempts);
  } else {
    wrong_value(node, path, "a restart policy", accepted, out);
  }
}

void read_restart_policy(const Node& node, const Path& path, model::RestartPolicy& policy,
                         Diagnostics& out) {
  if (!expect_map(node, path, out)) return;
  check_keys(node, path, policy_keys, out);
  policy.condition = RestartCondition::always;  // Compose's default is "any"
  policy.max_attempts.reset();
  for (const auto& entry : node.entries) {
    const Path entry_path(path, entry.key);
    const Node& value = entry.value;
    if (value.is_null()) continue;
    if (entry.key == "condition") {
      if (value.text == "none") {
        policy.condition = RestartCondition::never;
      } else if (value.text == "on-failure") {
        policy.condition = RestartCondition::on_failure;
      } else if (value.text != "any") {
        wrong_value(value, entry_path, "a condition", "none, on-failure, any", out);
      }
    } else if (entry.key == "delay") {
      if (auto delay = read_duration(value, entry_path, out)) {
        policy.delay = *delay;
        policy.backoff = false;
      }
    } else if (entry.key == "window") {
      if (auto window = read_duration(value, entry_path, out)) policy.window = *window;
    } else if (entry.key == "max_attempts") {
      if (auto attempts = read_integer(value, entry_path, out, 0,
                                       std::numeric_limits<std::uint32_t>::max(), "0, 1, 2, ...")) {
        policy.max_attempts = limit(*attempts);
      }
    }
  }
}

}  // namespace consort::config
