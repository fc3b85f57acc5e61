#include "core/config/depends_on.h"

#include "core/config/values.h"

namespace consort::config {
namespace {

void add(Node& service, const std::string& name, bool restart, const Mark& where) {
  Entry* dependencies = service.find("depends_on");
  if (!dependencies || !dependencies->value.is_map()) {
    service.erase("depends_on");
    service.entries.push_back({"depends_on", where, make_map(where)});
    dependencies = &service.entries.back();
  }
  if (dependencies->value.find(name)) return;
  Node dependency = make_map(where);
  const auto set = [&](std::string_view key, std::string_view text, bool word) {
    Node value = make_scalar(std::string(text), where);
    value.plain = word;
    dependency.entries.push_back({std::string(key), where, std::move(value)});
  };
  set("condition", "service_started", false);
  set("required", "true", true);
  set("restart", restart ? "true" : "false", true);
  dependencies->value.entries.push_back({name, where, std::move(dependency)});
}

// The texts of a list, by value: the service is changed while they are looked at.
std::vector<Node> items_of(const Node& service, std::string_view key) {
  const Entry* entry = service.find(key);
  std::vector<Node> items = entry ? entry->value.items : std::vector<Node>();
  std::erase_if(items, [](const Node& item) { return !item.is_scalar() || item.broken; });
  return items;
}

bool flag(const Node& map, std::string_view key, bool otherwise) {
  const Entry* entry = map.find(key);
  return entry ? value_of_boolean(entry->value).value_or(otherwise) : otherwise;
}

}  // namespace

void add_implied_dependencies(Node& service) {
  for (const auto& link : items_of(service, "links")) {
    const auto colon = link.text.find(':');
    const bool one =
        colon != std::string::npos && link.text.find(':', colon + 1) == std::string::npos;
    add(service, one ? link.text.substr(0, colon) : link.text, true, link.where);
  }
  for (const std::string_view key : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
    const Entry* entry = service.find(key);
    if (!entry || !entry->value.text.starts_with("service:")) continue;
    const Mark where = entry->value.where;
    const std::string name = entry->value.text.substr(8);
    add(service, name, true, where);
  }
  for (const auto& source : items_of(service, "volumes_from")) {
    if (source.text.starts_with("container:")) continue;
    add(service, source.text.substr(0, source.text.find(':')), false, source.where);
  }
}

std::map<std::string, model::Dependency> read_depends_on(const Node& node) {
  std::map<std::string, model::Dependency> result;
  for (const auto& entry : node.entries) {
    model::Dependency dependency;
    dependency.where = to_location(entry.where);
    if (const Entry* condition = entry.value.find("condition")) {
      dependency.condition =
          model::parse_condition(condition->value.text).value_or(model::Condition::started);
    }
    dependency.required = flag(entry.value, "required", true);
    dependency.restart = flag(entry.value, "restart", false);
    result.emplace(entry.key, std::move(dependency));
  }
  return result;
}

}  // namespace consort::config
