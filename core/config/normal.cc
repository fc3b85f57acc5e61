#include "core/config/normal.h"

#include "core/config/normal_service.h"
#include "core/config/paths.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

bool is_external(const Node& resource) {
  const Entry* external = resource.find("external");
  return external && value_of_boolean(external->value).value_or(false);
}

void name_resources(Node& merged, std::string_view key, const std::string& project) {
  Entry* resources = merged.find(key);
  if (!resources) return;
  for (auto& entry : resources->value.entries) {
    Node& resource = entry.value;
    if (resource.is_null()) resource = make_map(entry.where);
    if (!resource.is_map()) continue;
    const Entry* name = resource.find("name");
    if (name) continue;
    const std::string given = is_external(resource) ? entry.key : project + '_' + entry.key;
    resource.entries.push_back({"name", entry.where, make_scalar(given, entry.where)});
  }
}

void add_default_network(Node& merged) {
  Entry* networks = merged.find("networks");
  const Mark where = merged.where;
  if (!networks) {
    merged.entries.push_back({"networks", where, make_map(where)});
    networks = &merged.entries.back();
  }
  if (!networks->value.is_map() || networks->value.find("default")) return;
  Node none;
  none.where = where;
  networks->value.entries.push_back({"default", where, std::move(none)});
}

}  // namespace

void normalize_project(Node& merged, NormalContext& context) {
  expand_home(merged, context.variables("HOME").value_or(""));
  bool default_network = false;
  const Path services_path("services");
  if (Entry* services = merged.find("services")) {
    for (auto& service : services->value.entries) {
      if (!service.value.is_map()) continue;
      default_network |= fill_in_service(service.value, context);
    }
  }
  if (default_network) add_default_network(merged);
  resolve_paths(merged, context.directory);
  if (Entry* services = merged.find("services")) {
    for (auto& service : services->value.entries) {
      if (!service.value.is_map()) continue;
      const Path path(services_path, service.key);
      follow_watched_links(service.value);
      resolve_variables(service.value, context);
      if (!context.enabled || context.enabled(service.key)) {
        read_service_files(service.value, path, context);
      }
    }
  }
  for (const std::string_view key : {"networks", "volumes", "configs", "secrets"}) {
    name_resources(merged, key, context.project_name);
  }
}

}  // namespace consort::config
