#include <algorithm>
#include <set>

#include "core/config/json_schema.h"
#include "core/config/read.h"
#include "core/config/settings.h"
#include "core/config/to_json.h"

namespace consort::config {
namespace {

namespace json = boost::json;

void check_default(std::string_view key, const Setting<std::string>& setting,
                   const RuntimeSchemas& runtimes, Diagnostics& out) {
  if (runtimes.find(setting.value)) return;
  out.error(setting.where, "cannot read defaults." + std::string(key) + ": unknown runtime " +
                               quote(setting.value) + suggestion(setting.value, runtimes.names()) +
                               " (installed: " + runtimes.installed() + ")");
}

const json::object* properties_of(const json::object& schema) {
  const auto* properties = schema.if_contains("properties");
  return properties ? properties->if_object() : nullptr;
}

// A schema without additionalProperties says nothing of keys that it does not list.
bool is_closed(const json::object& schema) {
  const auto* others = schema.if_contains("additionalProperties");
  return others && others->is_bool() && !others->get_bool();
}

// Tells each unknown key at its place, with the nearest known one, and leaves the others.
Node without_unknown(const Node& table, const Path& path, const json::object& schema,
                     Diagnostics& out) {
  Node rest = table;
  if (!is_closed(schema)) return rest;
  std::vector<std::string_view> known;
  if (const auto* properties = properties_of(schema)) {
    for (const auto& property : *properties) known.push_back(property.key());
  }
  for (const Entry& entry : table.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    unknown_key(entry, path, known, out);
    rest.erase(entry.key);
  }
  return rest;
}

json::object object_of(const Node& table) {
  json::object object;
  for (const Entry& entry : table.entries) object[entry.key] = to_json(entry.value);
  return object;
}

json::object checked(const Node& table, const Path& path, const RuntimeInfo& runtime,
                     Diagnostics& out) {
  if (runtime.settings_schema.empty()) return object_of(table);
  const Node known = without_unknown(table, path, runtime.settings_schema, out);
  json::object values = object_of(known);
  auto schema = JsonSchema::compile(runtime.settings_schema);
  if (schema) {
    (*schema)->check(values, known, path, " for runtime " + runtime.name, out);
  } else {
    out.error(table.where, "cannot use the settings' schema of runtime " + runtime.name + ": " +
                               schema.error().message());
  }
  return values;
}

template <class T>
SettingLine line(std::string name, const Setting<T>& setting, json::value value) {
  return {std::move(name), std::move(value), to_location(setting.where)};
}

}  // namespace

std::map<std::string, json::object> runtime_settings(const Settings& settings,
                                                     std::span<const RuntimeInfo> runtimes,
                                                     Diagnostics& out) {
  const RuntimeSchemas known(runtimes);
  check_default("runtime", settings.runtime, known, out);
  check_default("image_runtime", settings.image_runtime, known, out);
  check_default("host_runtime", settings.host_runtime, known, out);
  std::map<std::string, json::object> found;
  const Path path("runtimes");
  for (const auto& [name, runtime] : settings.runtimes) {
    const Path place(path, name);
    const RuntimeInfo* info = known.find(name);
    if (!info) {
      out.warn(runtime.table.where, place.to_string() + ": no runtime of this name is installed" +
                                        suggestion(name, known.names()));
      continue;
    }
    const auto [at, added] =
        found.try_emplace(info->name, checked(runtime.table, place, *info, out));
    if (!added) {
      out.error(runtime.table.where, "cannot read " + place.to_string() + ": " + quote(name) +
                                         " is runtime " + info->name +
                                         ", which has settings under another name as well");
    }
  }
  return found;
}

std::vector<SettingLine> list_settings(const Settings& settings,
                                       std::span<const RuntimeInfo> runtimes) {
  std::vector<SettingLine> lines;
  json::array paths;
  for (const auto& path : settings.plugin_paths) paths.emplace_back(path.value);
  lines.push_back({"plugins.paths", std::move(paths),
                   settings.plugin_paths.empty()
                       ? model::Location{}
                       : to_location(settings.plugin_paths.front().where)});
  lines.push_back(line("defaults.runtime", settings.runtime, settings.runtime.value.c_str()));
  lines.push_back(
      line("defaults.image_runtime", settings.image_runtime, settings.image_runtime.value.c_str()));
  lines.push_back(
      line("defaults.host_runtime", settings.host_runtime, settings.host_runtime.value.c_str()));
  lines.push_back(line("logs.max_size", settings.log_max_size,
                       settings.log_max_size.value == 0
                           ? json::value("unlimited")
                           : json::value(settings.log_max_size.value)));
  lines.push_back(line("logs.max_files", settings.log_max_files, settings.log_max_files.value));
  lines.push_back(
      line("output.color", settings.color, json::value(to_string(settings.color.value))));
  std::set<std::string> set;
  for (const auto& [name, runtime] : settings.runtimes) {
    for (const Entry& entry : runtime.table.entries) {
      const std::string key = "runtimes." + name + '.' + entry.key;
      lines.push_back({key, to_json(entry.value), to_location(entry.value.where)});
      set.insert(key);
    }
  }
  for (const RuntimeInfo& runtime : runtimes) {
    const auto* properties = properties_of(runtime.settings_schema);
    if (!properties) continue;
    for (const auto& property : *properties) {
      const std::string key = "runtimes." + runtime.name + '.' + std::string(property.key());
      const auto* schema = property.value().if_object();
      const auto* otherwise = schema ? schema->if_contains("default") : nullptr;
      if (set.contains(key)) continue;
      lines.push_back({key, otherwise ? *otherwise : json::value(), {}});
    }
  }
  std::sort(lines.begin(), lines.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return lines;
}

}  // namespace consort::config
