#include "core/config/normal_service.h"

#include <filesystem>

#include "core/config/depends_on.h"
#include "core/config/env_files.h"
#include "core/config/paths.h"
#include "core/config/runtime_choice.h"

namespace consort::config {
namespace {

bool has(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null();
}

Node* value_of(Node& map, std::string_view key) {
  Entry* entry = map.find(key);
  return entry && !entry->value.is_null() ? &entry->value : nullptr;
}

void set_default(Node& map, std::string_view key, std::string text, bool word = false) {
  if (!map.is_map() || map.find(key)) return;
  Node value = make_scalar(std::move(text), map.where);
  value.plain = word;
  map.entries.push_back({std::string(key), map.where, std::move(value)});
}

void fill_in_build(Node& service) {
  Node* build = value_of(service, "build");
  if (!build || !build->is_map()) return;
  set_default(*build, "context", ".");
  if (!has(*build, "dockerfile_inline")) set_default(*build, "dockerfile", "Dockerfile");
}

// True: the service is in the network `default`.
bool fill_in_networks(Node& service) {
  if (has(service, "network_mode")) return false;
  if (Entry* networks = service.find("networks")) {
    if (networks->value.is_null()) return false;
    if (!networks->value.entries.empty()) return networks->value.find("default");
    service.erase("networks");
  }
  Node map = make_map(service.where);
  Node none;
  none.where = service.where;
  map.entries.push_back({"default", service.where, std::move(none)});
  service.entries.push_back({"networks", service.where, std::move(map)});
  return true;
}

void fill_in_requests(Node* requests) {
  if (!requests) return;
  for (auto& request : requests->items) {
    if (!has(request, "device_ids")) set_default(request, "count", "all");
  }
}

Node* below(Node& service, std::initializer_list<std::string_view> keys) {
  Node* node = &service;
  for (const auto key : keys) {
    node = value_of(*node, key);
    if (!node) return nullptr;
  }
  return node;
}

}  // namespace

bool fill_in_service(Node& service, const NormalContext& context) {
  const RuntimeInfo* runtime = runtime_of(service, context.runtimes);
  const bool container = runtime && runtime->name == "container";
  if (Node* policy = value_of(service, "pull_policy"); policy && policy->text == "if_not_present") {
    policy->text = "missing";
  }
  if (Node* dependencies = value_of(service, "depends_on")) {
    for (auto& dependency : dependencies->entries) {
      set_default(dependency.value, "required", "true", true);
    }
  }
  if (Node* ports = value_of(service, "ports")) {
    for (auto& port : ports->items) {
      set_default(port, "protocol", "tcp");
      set_default(port, "mode", "ingress");
    }
  }
  if (Node* secrets = value_of(service, "secrets")) {
    for (auto& secret : secrets->items) {
      const Entry* source = secret.find("source");
      if (source) set_default(secret, "target", "/run/secrets/" + source->value.text);
    }
  }
  if (Node* volumes = value_of(service, "volumes")) {
    for (auto& mount : volumes->items) {
      Node* target = value_of(mount, "target");
      if (target && target->is_scalar()) target->text = clean_path(target->text);
    }
  }
  if (Node* dns = value_of(service, "dns")) {
    std::erase_if(dns->items,
                  [](const Node& item) { return item.is_scalar() && item.text.empty(); });
  }
  fill_in_requests(value_of(service, "gpus"));
  fill_in_requests(below(service, {"deploy", "resources", "reservations", "devices"}));
  if (!container) return false;
  fill_in_build(service);
  add_implied_dependencies(service);
  return fill_in_networks(service);
}

void follow_watched_links(Node& service) {
  Node* watch = below(service, {"develop", "watch"});
  if (!watch) return;
  for (auto& trigger : watch->items) {
    Node* path = value_of(trigger, "path");
    if (!path || !path->is_scalar()) continue;
    // The first link on the way is replaced by what it leads to.
    std::filesystem::path sofar;
    for (const auto& part : std::filesystem::path(path->text)) {
      sofar /= part;
      std::error_code failed;
      if (!std::filesystem::is_symlink(sofar, failed)) continue;
      const auto target = std::filesystem::canonical(sofar, failed);
      if (!failed) path->text = target.string() + path->text.substr(sofar.string().size());
      break;
    }
  }
}

void resolve_variables(Node& service, const NormalContext& context) {
  if (Node* environment = value_of(service, "environment")) {
    for (auto& entry : environment->entries) {
      if (!entry.value.is_null()) continue;
      if (auto value = context.variables(entry.key)) {
        entry.value = make_scalar(std::move(*value), entry.where);
      }
    }
  }
  Node* args = below(service, {"build", "args"});
  if (!args) return;
  args->entries.erase_if([&](Entry& entry) {
    if (!entry.value.is_null()) return false;
    auto value = context.variables(entry.key);
    if (value) entry.value = make_scalar(std::move(*value), entry.where);
    return !value;
  });
}

void read_service_files(Node& service, const Path& path, const NormalContext& context) {
  const auto lay_under = [&](std::string_view key, Node from) {
    if (from.entries.empty()) return;
    Entry* own = service.find(key);
    if (own && own->value.is_map()) {
      for (auto& entry : own->value.entries) {
        if (Entry* under = from.find(entry.key)) {
          *under = std::move(entry);
        } else {
          from.entries.push_back(std::move(entry));
        }
      }
    }
    service.erase(key);
    service.entries.push_back({std::string(key), from.where, std::move(from)});
  };
  const EnvFiles files{context.variables, context.read_file, context.show_file, context.out};
  if (const Node* list = value_of(service, "env_file")) {
    lay_under("environment", files.read_environment(*list, Path(path, "env_file")));
  }
  if (const Node* list = value_of(service, "label_file")) {
    lay_under("labels", files.read_labels(*list, Path(path, "label_file")));
  }
}

}  // namespace consort::config
