#include "core/config/resources.h"

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/text.h"
#include "core/config/check.h"
#include "core/config/model_json.h"
#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

using Names = std::set<std::string, std::less<>>;

bool has(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null();
}

bool is_external(const Node& resource) {
  const Entry* external = resource.find("external");
  return external && value_of_boolean(external->value).value_or(false);
}

void check_volume(const Entry& volume, const Path& path, Diagnostics& out) {
  if (!is_external(volume.value)) return;
  for (const auto& entry : volume.value.entries) {
    if (entry.key == "name" || entry.key == "external" || is_extension(entry.key)) continue;
    out.error(entry.where, "cannot read " + Path(path, entry.key).to_string() +
                               ": the volume is external, it is made and set up elsewhere");
  }
}

// A secret or a config has one source.
void check_source(const Entry& object, const Path& path, std::vector<std::string_view> keys,
                  bool is_secret, Diagnostics& out) {
  const Node& value = object.value;
  if (!value.is_map()) return;
  const Entry* first = nullptr;
  for (const auto& entry : value.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) continue;
    if (first) {
      out.error(entry.where, "cannot read " + Path(path, entry.key).to_string() + ": " +
                                 first->key + " is set in line " +
                                 std::to_string(first->where.line) + " as well; give one of them");
    }
    first = &entry;
  }
  if (is_external(value)) return;
  const bool by_driver = has(value, "driver") && !is_secret;
  const bool empty_source = is_secret && first && first->value.text.empty();
  if ((!first && !by_driver) || empty_source) {
    out.error(object.where,
              "cannot read " + path.to_string() + ": it has no source (accepted: " +
                  base::join(std::vector<std::string>(keys.begin(), keys.end()), ", ") +
                  ", or external: true)");
  }
}

template <class Check>
void each(const Node& normal, std::string_view key, const Check& check) {
  const Entry* all = normal.find(key);
  if (!all) return;
  const Path path(key);
  for (const auto& entry : all->value.entries) check(entry, Path(path, entry.key));
}

void check_requests(const Node* requests, const Path& path, Diagnostics& out) {
  if (!requests) return;
  for (std::size_t i = 0; i < requests->items.size(); ++i) {
    const Node& request = requests->items[i];
    if (!has(request, "count") || !has(request, "device_ids")) continue;
    out.error(request.where, "cannot read " + Path(path, i).to_string() +
                                 ": count and device_ids exclude each other");
  }
}

const Node* below(const Node& map, std::initializer_list<std::string_view> keys) {
  const Node* node = &map;
  for (const auto key : keys) {
    const Entry* entry = node->find(key);
    if (!entry) return nullptr;
    node = &entry->value;
  }
  return node;
}

void check_service(const Entry& service, const Path& path, Diagnostics& out) {
  check_requests(below(service.value, {"gpus"}), Path(path, "gpus"), out);
  const Path deploy(path, "deploy"), resources(deploy, "resources"),
      reservations(resources, "reservations");
  check_requests(below(service.value, {"deploy", "resources", "reservations", "devices"}),
                 Path(reservations, "devices"), out);
  const Path develop(path, "develop"), watch(develop, "watch");
  const Node* triggers = below(service.value, {"develop", "watch"});
  for (std::size_t i = 0; triggers && i < triggers->items.size(); ++i) {
    const Entry* place = triggers->items[i].find("path");
    if (!place || !place->value.is_scalar() || !place->value.text.empty()) continue;
    const Path trigger(watch, i);
    out.error(place->value.where,
              "cannot read " + Path(trigger, "path").to_string() + ": it is empty");
  }
}

// The names that the enabled services use, by the kind of resource.
class Used {
 public:
  explicit Used(const Node& service) {
    names("networks", below(service, {"networks"}));
    names("models", below(service, {"models"}));
    sources("secrets", below(service, {"secrets"}));
    sources("secrets", below(service, {"build", "secrets"}));
    sources("configs", below(service, {"configs"}));
    const Node* volumes = below(service, {"volumes"});
    for (std::size_t i = 0; volumes && i < volumes->items.size(); ++i) {
      const Entry* type = volumes->items[i].find("type");
      if (type && type->value.text == "volume") source("volumes", volumes->items[i]);
    }
  }

  const std::map<std::string_view, Names>& all() const { return all_; }

 private:
  void names(std::string_view kind, const Node* map) {
    if (!map) return;
    for (const auto& entry : map->entries) all_[kind].insert(entry.key);
  }
  void source(std::string_view kind, const Node& item) {
    if (const Entry* entry = item.find("source")) all_[kind].insert(entry->value.text);
  }
  void sources(std::string_view kind, const Node* list) {
    if (!list) return;
    for (const auto& item : list->items) source(kind, item);
  }

  std::map<std::string_view, Names> all_;
};

}  // namespace

void check_resources(Node& normal, Diagnostics& out) {
  CheckRules rules;
  rules.complete = rules.exact = true;
  for (const std::string_view key : {"networks", "volumes", "secrets", "configs", "models"}) {
    Entry* all = normal.find(key);
    if (all)
      check_shape(all->value, *find_field(document_shape, key)->shape, Path(key), rules, out);
  }
  for (const std::string_view key : {"name", "version"}) {
    Entry* entry = normal.find(key);
    if (entry)
      check_shape(entry->value, *find_field(document_shape, key)->shape, Path(key), rules, out);
  }
  const Entry* services = normal.find("services");
  if (services && services->value.is_null()) {
    out.error(services->where,
              "cannot read services: nothing stands below it (accepted: services by their names, "
              "indented)");
  }
  each(normal, "volumes",
       [&](const Entry& entry, const Path& path) { check_volume(entry, path, out); });
  each(normal, "secrets", [&](const Entry& entry, const Path& path) {
    check_source(entry, path, {"file", "environment"}, true, out);
  });
  each(normal, "configs", [&](const Entry& entry, const Path& path) {
    check_source(entry, path, {"file", "environment", "content"}, false, out);
  });
  each(normal, "services",
       [&](const Entry& entry, const Path& path) { check_service(entry, path, out); });
}

boost::json::object used_resources(const Node& normal, const Names& enabled) {
  std::map<std::string_view, Names> used;
  if (const Entry* services = normal.find("services")) {
    for (const auto& service : services->value.entries) {
      if (!enabled.contains(service.key)) continue;
      const Used of_service(service.value);
      for (const auto& [kind, names] : of_service.all()) {
        used[kind].insert(names.begin(), names.end());
      }
    }
  }
  boost::json::object resources;
  for (const auto& [kind, names] : used) {
    const Entry* all = normal.find(kind);
    const Field* field = find_field(document_shape, kind);
    if (!all || !field) continue;
    boost::json::object printed;
    for (const auto& entry : all->value.entries) {
      if (names.contains(entry.key)) {
        printed[entry.key] = print_model(entry.value, *field->shape->values).value;
      }
    }
    if (!printed.empty()) resources[kind] = std::move(printed);
  }
  return resources;
}

std::map<std::string, model::Location> places_of(const boost::json::object& resources,
                                                 const Node& normal) {
  std::map<std::string, model::Location> places;
  for (const auto& [kind, used] : resources) {
    const Entry* all = normal.find(kind);
    if (!all) continue;
    for (const auto& entry : all->value.entries) {
      const auto where = to_location(entry.where);
      if (where.line == 0 || !used.as_object().contains(entry.key)) continue;
      places[std::string(kind) + "." + entry.key] = where;
    }
  }
  return places;
}

}  // namespace consort::config
