#include <array>

#include "core/config/lists.h"
#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

constexpr std::array<std::string_view, 3> keys = {"condition", "required", "restart"};

void read_long(const Node& map, const Path& path, model::Dependency& dependency, Diagnostics& out) {
  check_keys(map, path, keys, out);
  const Entry* condition = map.find("condition");
  if (!condition) {
    out.error(map.where, "cannot read " + path.to_string() +
                             ": condition is missing (accepted: service_started, "
                             "service_healthy, service_completed_successfully)");
  } else {
    const Node& value = condition->value;
    const auto parsed = value.is_scalar() ? model::parse_condition(value.text) : std::nullopt;
    if (parsed) {
      dependency.condition = *parsed;
    } else {
      wrong_value(value, Path(path, "condition"), "a condition",
                  "service_started, service_healthy, service_completed_successfully", out);
    }
  }
  if (const Entry* required = map.find("required")) {
    if (auto value = read_bool(required->value, Path(path, "required"), out)) {
      dependency.required = *value;
    }
  }
  if (const Entry* restart = map.find("restart")) {
    if (auto value = read_bool(restart->value, Path(path, "restart"), out)) {
      dependency.restart = *value;
    }
  }
}

}  // namespace

std::map<std::string, model::Dependency> read_depends_on(Node node, const Path& path,
                                                         Diagnostics& out) {
  std::map<std::string, model::Dependency> result;
  depends_on_to_map(node);
  if (!node.is_map()) {
    if (node.is_sequence()) {
      read_texts(node, path, out);
    } else {
      wrong_value(node, path, "a list or a map of services", {}, out);
    }
    return result;
  }
  for (const auto& entry : node.entries) {
    if (is_extension(entry.key)) continue;
    model::Dependency dependency;
    dependency.where = to_location(entry.where);
    const Path entry_path(path, entry.key);
    if (expect_map(entry.value, entry_path, out)) {
      read_long(entry.value, entry_path, dependency, out);
    }
    result.emplace(entry.key, std::move(dependency));
  }
  return result;
}

void add_implied_dependencies(const Node& service,
                              std::map<std::string, model::Dependency>& depends_on) {
  const auto add = [&](const Node& node, std::string name, bool restart) {
    depends_on.try_emplace(std::move(name), model::Dependency{model::Condition::started, true,
                                                              restart, to_location(node.where)});
  };
  for (const std::string_view key : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
    const Entry* entry = service.find(key);
    if (entry && entry->value.text.starts_with("service:")) {
      add(entry->value, entry->value.text.substr(8), true);
    }
  }
  if (const Entry* links = service.find("links")) {
    for (const auto& item : links->value.items) {
      add(item, item.text.substr(0, item.text.find(':')), true);
    }
  }
  if (const Entry* sources = service.find("volumes_from")) {
    for (const auto& item : sources->value.items) {
      if (item.text.starts_with("container:")) continue;
      add(item, item.text.substr(0, item.text.find(':')), false);
    }
  }
}

boost::json::object depends_on_json(const std::map<std::string, model::Dependency>& depends_on) {
  boost::json::object object;
  for (const auto& [name, dependency] : depends_on) {
    boost::json::object one{{"condition", model::to_string(dependency.condition)},
                            {"required", dependency.required}};
    if (dependency.restart) one["restart"] = true;
    object[name] = std::move(one);
  }
  return object;
}

}  // namespace consort::config
