#include "core/config/runtime_schemas.h"

#include <algorithm>

#include "core/base/text.h"

namespace consort::config {
namespace {

struct KnownRuntime {
  std::string_view name;
  std::string_view alias;
};
constexpr KnownRuntime always_known[] = {
    {"process", "native"}, {"container", "docker"}, {"remote", "ssh"}};

bool takes_text(const boost::json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (!type) return true;
  if (const auto* one = type->if_string()) return *one == "string";
  const auto* several = type->if_array();
  return !several || std::find(several->begin(), several->end(), "string") != several->end();
}

const boost::json::object* below(const boost::json::object& schema, std::string_view key) {
  const auto* part = schema.if_contains(key);
  return part ? part->if_object() : nullptr;
}

void give_types(Node& node, const boost::json::object& schema) {
  if (node.is_scalar() && node.made_plain && !takes_text(schema)) node.plain = true;
  const auto* items = below(schema, "items");
  for (auto& item : node.items) {
    if (items) give_types(item, *items);
  }
  const auto* properties = below(schema, "properties");
  for (auto& entry : node.entries) {
    const auto* part = properties ? below(*properties, entry.key) : nullptr;
    if (!part) part = below(schema, "additionalProperties");
    if (part) give_types(entry.value, *part);
  }
}

}  // namespace

RuntimeSchemas::RuntimeSchemas(std::span<const RuntimeInfo> given, DefaultRuntimes defaults)
    : runtimes_(given.begin(), given.end()), defaults_(std::move(defaults)) {
  for (const auto& [name, alias] : always_known) {
    const auto found = std::find_if(runtimes_.begin(), runtimes_.end(),
                                    [n = name](const auto& r) { return r.name == n; });
    if (found == runtimes_.end()) {
      runtimes_.push_back({std::string(name), {std::string(alias)}, false, {}, {}});
    } else if (std::find(found->aliases.begin(), found->aliases.end(), alias) ==
               found->aliases.end()) {
      found->aliases.emplace_back(alias);
    }
  }
  for (const auto& runtime : runtimes_) {
    const auto* properties = runtime.service_schema.if_contains("properties");
    if (!properties || !properties->is_object()) continue;
    for (const auto& property : properties->as_object()) keys_.emplace(property.key());
  }
}

RuntimeSchemas::~RuntimeSchemas() = default;

const RuntimeInfo* RuntimeSchemas::find(std::string_view name) const {
  for (const auto& runtime : runtimes_) {
    if (runtime.name == name) return &runtime;
  }
  for (const auto& runtime : runtimes_) {
    for (const auto& alias : runtime.aliases) {
      if (alias == name) return &runtime;
    }
  }
  return nullptr;
}

std::vector<std::string_view> RuntimeSchemas::names() const {
  std::vector<std::string_view> names;
  for (const auto& runtime : runtimes_) {
    names.push_back(runtime.name);
    names.insert(names.end(), runtime.aliases.begin(), runtime.aliases.end());
  }
  return names;
}

std::string RuntimeSchemas::installed() const {
  std::vector<std::string> names;
  for (const auto& runtime : runtimes_) {
    if (runtime.installed) names.push_back(runtime.name);
  }
  std::sort(names.begin(), names.end());
  return names.empty() ? "none" : base::join(names, ", ");
}

std::optional<bool> RuntimeSchemas::uses(std::string_view runtime, std::string_view key) const {
  const RuntimeInfo* info = find(runtime);
  const auto* properties = info ? info->service_schema.if_contains("properties") : nullptr;
  if (!properties || !properties->is_object()) return std::nullopt;
  return properties->as_object().contains(key);
}

void RuntimeSchemas::give_types(std::string_view runtime, Entry& entry) const {
  const RuntimeInfo* info = find(runtime);
  const auto* properties = info ? below(info->service_schema, "properties") : nullptr;
  const auto* schema = properties ? below(*properties, entry.key) : nullptr;
  if (schema) config::give_types(entry.value, *schema);
}

JsonSchema* RuntimeSchemas::schema(const RuntimeInfo& runtime, Diagnostics& out) {
  if (runtime.service_schema.empty()) return nullptr;
  const auto [place, added] = compiled_.try_emplace(runtime.name);
  if (!added) return place->second.get();
  auto compiled = JsonSchema::compile(runtime.service_schema);
  if (compiled) {
    place->second = std::move(*compiled);
  } else {
    out.error(
        {}, "cannot use the schema of runtime " + runtime.name + ": " + compiled.error().message());
  }
  return place->second.get();
}

void RuntimeSchemas::check(std::string_view runtime, const boost::json::object& spec,
                           const Node& service, const Path& path, Diagnostics& out) {
  const RuntimeInfo* info = find(runtime);
  JsonSchema* compiled = info ? schema(*info, out) : nullptr;
  if (compiled) compiled->check(spec, service, path, " for runtime " + info->name, out);
}

}  // namespace consort::config
