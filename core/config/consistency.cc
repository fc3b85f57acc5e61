#include "core/config/consistency.h"

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/base/text.h"
#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {
namespace {

using Names = std::set<std::string, std::less<>>;

const Node* value_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null() ? &entry->value : nullptr;
}

const Node* below(const Node& map, std::initializer_list<std::string_view> keys) {
  const Node* node = &map;
  for (const auto key : keys) {
    node = value_of(*node, key);
    if (!node) return nullptr;
  }
  return node;
}

std::string text_of(const Node& map, std::string_view key) {
  const Node* node = value_of(map, key);
  return node ? node->text : std::string();
}

class Consistency {
 public:
  Consistency(const Node& normal, const Names& enabled, Diagnostics& out)
      : normal_(normal), enabled_(enabled), out_(out) {}

  void run() {
    const Entry* services = normal_.find("services");
    if (!services) return;
    const Path services_path("services");
    for (const auto& service : services->value.entries) {
      if (!service.value.is_map() || !enabled_.contains(service.key)) continue;
      const Path path(services_path, service.key);
      check_build(service.value, path);
      check_references(service.value, path);
      check_deploy(service, path);
      check_container_name(service, path);
      check_watch(service.value, path);
    }
    check_cycles(services->value);
  }

 private:
  void error(const Node& node, const Path& path, const std::string& cause) {
    out_.error(node.where, "cannot read " + path.to_string() + ": " + cause);
  }

  // `kind`: "network"; `key`: "networks" of the file.
  void refer(const Node& node, const Path& path, std::string_view kind, std::string_view key,
             const std::string& name) {
    const Node* known = value_of(normal_, key);
    if (known && known->find(name)) return;
    std::vector<std::string_view> names;
    if (known && !out_.enough()) {
      for (const auto& entry : known->entries) names.push_back(entry.key);
    }
    error(node, path,
          "there is no " + std::string(kind) + " " + quote(name) + suggestion(name, names) +
              " (define it under " + std::string(key) + ": at the top level)");
  }

  void refer_sources(const Node* list, const Path& path, std::string_view kind,
                     std::string_view key) {
    if (!list) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const Node& item = list->items[i];
      if (item.broken) continue;
      if (const Node* source = value_of(item, "source")) {
        refer(*source, Path(path, i), kind, key, source->text);
      } else {
        error(item, Path(path, i),
              "source is missing (accepted: the name of a " + std::string(kind) + ")");
      }
    }
  }

  void check_references(const Node& service, const Path& path) {
    const Node* networks = value_of(service, "networks");
    if (networks) {
      const Path networks_path(path, "networks");
      const Node* mode = value_of(service, "network_mode");
      if (mode && !mode->text.empty() && !networks->entries.empty()) {
        error(*mode, Path(path, "network_mode"),
              "it excludes networks, which stand at " +
                  model::to_string(to_location(networks->where)));
      }
      for (const auto& entry : networks->entries) {
        Node place = make_scalar(entry.key, entry.where);
        refer(place, Path(networks_path, entry.key), "network", "networks", entry.key);
      }
    }
    if (const Node* volumes = value_of(service, "volumes")) {
      const Path volumes_path(path, "volumes");
      for (std::size_t i = 0; i < volumes->items.size(); ++i) {
        const Node& mount = volumes->items[i];
        const Node* source = value_of(mount, "source");
        if (text_of(mount, "type") == "bind" && !source) {
          error(mount, Path(volumes_path, i), "a bind mount needs a source");
        }
        if (text_of(mount, "type") != "volume" || !source || source->text.empty()) continue;
        refer(*source, Path(volumes_path, i), "volume", "volumes", source->text);
      }
    }
    refer_sources(value_of(service, "secrets"), Path(path, "secrets"), "secret", "secrets");
    refer_sources(value_of(service, "configs"), Path(path, "configs"), "config", "configs");
    if (const Node* build = value_of(service, "build")) {
      const Path build_path(path, "build");
      refer_sources(value_of(*build, "secrets"), Path(build_path, "secrets"), "secret", "secrets");
    }
    if (const Node* models = value_of(service, "models")) {
      const Path models_path(path, "models");
      for (const auto& entry : models->entries) {
        Node place = make_scalar(entry.key, entry.where);
        refer(place, Path(models_path, entry.key), "model", "models", entry.key);
      }
    }
  }

  void check_build(const Node& service, const Path& path) {
    const Node* build = value_of(service, "build");
    if (!build || !build->is_map()) return;
    const Path build_path(path, "build");
    const Node* inline_file = value_of(*build, "dockerfile_inline");
    const Node* file = value_of(*build, "dockerfile");
    if (inline_file && file && !inline_file->text.empty() && !file->text.empty()) {
      error(
          *inline_file, Path(build_path, "dockerfile_inline"),
          "it excludes dockerfile, which stands at " + model::to_string(to_location(file->where)));
    }
    if (const Node* contexts = value_of(*build, "additional_contexts")) {
      const Path contexts_path(build_path, "additional_contexts");
      for (const auto& entry : contexts->entries) {
        if (entry.value.is_null()) {
          error(entry.value, Path(contexts_path, entry.key),
                "it has no value (accepted: NAME=PATH, NAME=service:SERVICE, NAME=URL)");
        } else if (entry.value.text.starts_with("service:")) {
          check_context(entry, Path(contexts_path, entry.key));
        }
      }
    }
    const Node* platforms = value_of(*build, "platforms");
    const Node* platform = value_of(service, "platform");
    if (!platforms || platforms->items.empty() || !platform || platform->text.empty()) return;
    for (const auto& item : platforms->items) {
      if (item.text == platform->text) return;
    }
    error(*platform, Path(path, "platform"),
          quote(platform->text) + " is not among build.platforms at " +
              model::to_string(to_location(platforms->where)));
  }

  void check_context(const Entry& entry, const Path& path) {
    const std::string name = entry.value.text.substr(8);
    const Node* services = value_of(normal_, "services");
    const Entry* other = services ? services->find(name) : nullptr;
    if (!other || !enabled_.contains(name)) {
      error(entry.value, path, "there is no service " + quote(name) + " whose image it could be");
    } else if (!value_of(other->value, "build")) {
      error(entry.value, path, "service " + quote(name) + " has no build");
    }
  }

  // The same limit said twice must be the same.
  void check_deploy(const Entry& service, const Path& path) {
    struct Twin {
      std::string_view key, part, twin;
      bool bytes;
    };
    static constexpr Twin twins[] = {{"cpus", "limits", "cpus", false},
                                     {"mem_limit", "limits", "memory", true},
                                     {"mem_reservation", "reservations", "memory", true},
                                     {"pids_limit", "limits", "pids", false}};
    for (const auto& twin : twins) {
      const Node* own = value_of(service.value, twin.key);
      const Node* part = below(service.value, {"deploy", "resources", twin.part});
      if (!own || !part) continue;
      const auto number = [&](const Node* node) -> std::optional<double> {
        if (!node) return 0;
        if (!twin.bytes) return value_of_real(*node);
        const auto bytes = value_of_bytes(*node);
        return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
      };
      const Node* other = value_of(*part, twin.twin);
      const auto first = number(own), second = number(other);
      if (!first || !second || *first == 0) continue;
      if (static_cast<float>(*first) == static_cast<float>(*second)) continue;
      error(*own, Path(path, twin.key),
            own->text + " contradicts deploy.resources." + std::string(twin.part) + ", where " +
                std::string(twin.twin) + " is " + (other ? other->text : "not set") + ", at " +
                model::to_string(to_location((other ? other : part)->where)));
    }
  }

  void check_container_name(const Entry& service, const Path& path) {
    const Node* name = value_of(service.value, "container_name");
    if (!name || name->text.empty()) return;
    const auto [holder, added] = container_names_.try_emplace(name->text, &service);
    if (!added) {
      error(*name, Path(path, "container_name"),
            quote(name->text) + " is the name of service " + holder->second->key + " already");
    }
    const Node* scale = value_of(service.value, "scale");
    if (!scale) scale = below(service.value, {"deploy", "replicas"});
    if (scale && value_of_whole(*scale).value_or(1) > 1) {
      error(*name, Path(path, "container_name"),
            "the service has " + scale->text + " replicas, which cannot share a name");
    }
  }

  void check_watch(const Node& service, const Path& path) {
    const Node* watch = below(service, {"develop", "watch"});
    if (!watch) return;
    const Path develop_path(path, "develop");
    const Path watch_path(develop_path, "watch");
    for (std::size_t i = 0; i < watch->items.size(); ++i) {
      const Node& trigger = watch->items[i];
      const std::string action = text_of(trigger, "action");
      const bool copies = action == "sync" || action == "sync+restart" || action == "sync+exec";
      if (!copies || !text_of(trigger, "target").empty()) continue;
      error(trigger, Path(watch_path, i), "target is missing: " + action + " needs one");
    }
  }

  // Depth first, without recursion: a chain may be as long as the file. Each circle is told once,
  // at the dependency that closes it.
  void check_cycles(const Node& services) {
    struct Step {
      const Entry* service;
      std::size_t next = 0;
    };
    enum class Seen { no, on_the_way, done };
    std::unordered_map<std::string_view, const Entry*> by_name;
    std::unordered_map<const Entry*, Seen> seen;
    for (const auto& service : services.entries) {
      if (enabled_.contains(service.key)) by_name.emplace(service.key, &service);
    }
    std::vector<Step> way;
    for (const auto& first : services.entries) {
      if (!by_name.contains(first.key) || seen[&first] != Seen::no) continue;
      seen[&first] = Seen::on_the_way;
      way.push_back({&first});
      while (!way.empty()) {
        Step& step = way.back();
        const Node* needs = value_of(step.service->value, "depends_on");
        if (!needs || step.next == needs->entries.size()) {
          seen[step.service] = Seen::done;
          way.pop_back();
          continue;
        }
        const Entry& need = needs->entries[step.next++];
        const auto other = by_name.find(need.key);
        if (other == by_name.end()) continue;
        Seen& state = seen[other->second];
        if (state == Seen::on_the_way) {
          std::vector<std::string> circle;
          for (const auto& each : way) {
            if (!circle.empty() || each.service == other->second) {
              circle.push_back(each.service->key);
            }
          }
          circle.push_back(need.key);
          out_.error(need.where,
                     "cannot read services." + way.back().service->key + ".depends_on." + need.key +
                         ": the services wait for each other: " + base::join(circle, " -> "));
        } else if (state == Seen::no) {
          state = Seen::on_the_way;
          way.push_back({other->second});
        }
      }
    }
  }

  const Node& normal_;
  const Names& enabled_;
  Diagnostics& out_;
  std::map<std::string, const Entry*> container_names_;
};

}  // namespace

void check_consistency(const Node& normal, const Names& enabled, Diagnostics& out) {
  Consistency(normal, enabled, out).run();
}

}  // namespace consort::config
