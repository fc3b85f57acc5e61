#include "core/config/restart.h"

#include <limits>
#include <optional>

#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

using model::RestartCondition;

std::optional<std::uint32_t> limit(std::int64_t attempts) {
  if (attempts == 0) return std::nullopt;  // Docker: no limit
  return static_cast<std::uint32_t>(attempts);
}

// What is no duration at all is told where its document is read.
std::optional<model::Duration> duration(const Node& node, const Path& path, bool lenient,
                                        Diagnostics& out) {
  const auto value = node.broken ? std::nullopt : model::parse_duration(node.text);
  if (!value || value->count() >= 0) return value;
  if (!lenient) return read_duration(node, path, out);
  out.warn(node.where, path.to_string() + ": " + quote(node.text) +
                           " is not a duration; it is read as if it were not there");
  return std::nullopt;
}

}  // namespace

std::optional<model::RestartPolicy> read_restart(const Node& node) {
  model::RestartPolicy policy;
  const std::string_view text = node.text;
  if (text.empty() || text == "no") return policy;
  if (text == "always") {
    policy.condition = RestartCondition::always;
  } else if (text == "unless-stopped") {
    policy.condition = RestartCondition::unless_stopped;
  } else if (text == "on-failure") {
    policy.condition = RestartCondition::on_failure;
  } else if (text.starts_with("on-failure:")) {
    const auto attempts = parse_integer(text.substr(11));
    if (!attempts || *attempts < 0 || *attempts > std::numeric_limits<std::uint32_t>::max()) {
      return std::nullopt;
    }
    policy.condition = RestartCondition::on_failure;
    policy.max_attempts = limit(*attempts);
  } else {
    return std::nullopt;
  }
  return policy;
}

model::RestartPolicy read_restart_policy(const Node& node, const Path& path, bool lenient,
                                         Diagnostics& out) {
  model::RestartPolicy policy;
  policy.condition = RestartCondition::always;  // Compose's default is "any"
  for (const auto& entry : node.entries) {
    const Node& value = entry.value;
    if (!value.is_scalar()) continue;
    if (entry.key == "condition") {
      if (value.text == "none") {
        policy.condition = RestartCondition::never;
      } else if (value.text == "on-failure") {
        policy.condition = RestartCondition::on_failure;
      } else if (value.text != "any" && lenient) {
        out.warn(value.where, Path(path, entry.key).to_string() + ": " + quote(value.text) +
                                  " is not a condition (accepted: none, on-failure, any)");
      } else if (value.text != "any") {
        static constexpr std::string_view known[] = {"none", "on-failure", "any"};
        wrong_word(value, Path(path, entry.key), "a condition", "none, on-failure, any", known,
                   out);
      }
    } else if (entry.key == "delay") {
      if (const auto delay = duration(value, Path(path, entry.key), lenient, out)) {
        policy.delay = *delay;
        policy.backoff = false;
      }
    } else if (entry.key == "window") {
      if (const auto window = duration(value, Path(path, entry.key), lenient, out)) {
        policy.window = *window;
      }
    } else if (entry.key == "max_attempts") {
      policy.max_attempts = limit(value_of_whole(value).value_or(0));
    }
  }
  return policy;
}

}  // namespace consort::config
