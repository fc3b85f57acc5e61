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
