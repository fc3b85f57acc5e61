#include "core/config/file_schema.h"

#include <algorithm>
#include <array>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "core/config/read.h"
#include "core/config/service_keys.h"

namespace consort::config {
namespace {

namespace json = boost::json;
using std::string_view_literals::operator""sv;

const json::object variable{{"$ref", "#/definitions/variable"}};

// Does `type` name this type, alone or in a list?
bool has_type(const json::object& schema, std::string_view wanted) {
  const auto* type = schema.if_contains("type");
  if (!type) return false;
  if (type->is_string()) return type->get_string() == wanted;
  const auto* list = type->if_array();
  return list && std::any_of(list->begin(), list->end(), [&](const auto& one) {
           return one.is_string() && one.get_string() == wanted;
         });
}

bool has_any(const json::object& schema, std::span<const std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](auto key) { return schema.contains(key); });
}

bool is_structured(const json::object& schema) {
  static constexpr std::array keys = {"properties"sv, "patternProperties"sv, "items"sv};
  return has_type(schema, "object") || has_type(schema, "array") || has_any(schema, keys);
}

// Accepts every text as it is, or says nothing of it here.
bool is_free(const json::object& schema) {
  static constexpr std::array limits = {"enum"sv, "const"sv, "pattern"sv, "format"sv,
                                        "minLength"sv};
  static constexpr std::array kinds = {"type"sv, "oneOf"sv, "allOf"sv, "not"sv, "if"sv};
  if (schema.contains("$ref") || schema.contains("anyOf")) return true;
  if (has_any(schema, limits)) return false;
  return has_type(schema, "string") || !has_any(schema, kinds);
}

void admit_variables(json::value& value);

void admit_in_members(json::object& schema) {
  for (const auto key : {"properties"sv, "patternProperties"sv, "definitions"sv, "$defs"sv}) {
    auto* members = schema.if_contains(key);
    if (!members || !members->is_object()) continue;
    for (auto& member : members->get_object()) {
      if (key == "definitions"sv && member.key() == "variable") continue;
      admit_variables(member.value());
    }
  }
  for (const auto key : {"additionalProperties"sv, "items"sv}) {
    if (auto* member = schema.if_contains(key)) admit_variables(*member);
  }
}

// Where a value is not any text anyway, a text with a variable may stand for it. Objects and lists
// are not replaced, what is in them is.
void admit_variables(json::value& value) {
  if (auto* list = value.if_array()) {
    for (auto& item : *list) admit_variables(item);
    return;
  }
  auto* schema = value.if_object();
  if (!schema) return;
  if (auto* choices = schema->if_contains("anyOf"); choices && choices->is_array()) {
    bool limited = false;
    for (auto& choice : choices->get_array()) {
      auto* one = choice.if_object();
      if (one && is_structured(*one)) {
        admit_variables(choice);
      } else if (one && !one->contains("$ref")) {
        limited = limited || !is_free(*one);
      }
    }
    if (limited) choices->get_array().emplace_back(variable);
  }
  if (is_structured(*schema)) return admit_in_members(*schema);
  if (is_free(*schema)) return;
  json::object outer;
  for (const auto key : {"title"sv, "description"sv, "default"sv, "deprecated"sv}) {
    if (const auto* note = schema->if_contains(key)) outer[key] = *note;
  }
  for (const auto& note : outer) schema->erase(note.key());
  outer["anyOf"] = json::array{std::move(*schema), variable};
  value = std::move(outer);
}

// A reference inside a plugin's schema goes on meaning that schema.
void move_references(json::value& value, const std::string& root) {
  if (auto* list = value.if_array()) {
    for (auto& item : *list) move_references(item, root);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) {
      auto* text = member.value().if_string();
      if (member.key() == "$ref" && text && text->starts_with('#')) {
        *text = root + std::string(*text).substr(1);
      } else {
        move_references(member.value(), root);
      }
    }
  }
}

// The keys of a service that only this runtime knows; the core's own are described by the core, in
// the forms that people write and not in the one that plugins are given.
void add_keys(const RuntimeInfo& runtime, json::object& schema) {
  const auto* properties = runtime.service_schema.if_contains("properties");
  if (!properties || !properties->is_object()) return;
  auto& definitions = schema["definitions"].as_object();
  auto& service = definitions["service"].as_object()["properties"].as_object();
  const std::string name = "runtime-" + runtime.name;
  bool needed = false;
  for (const auto& property : properties->get_object()) {
    const std::string key(property.key());
    if (find_service_key(key) || is_extension(key)) continue;
    needed = true;
    const json::object reference{{"$ref", "#/definitions/" + name + "/properties/" + key}};
    const auto* own = property.value().if_object();
    const auto* text = own ? own->if_contains("description") : nullptr;
    const std::string note =
        "Runtime " + runtime.name +
        (text && text->is_string() ? ": " + std::string(text->get_string()) : std::string());
    auto* other = service.if_contains(key);
    if (!other) {
      service[key] = json::object{{"description", note}, {"anyOf", json::array()}};
    } else {
      auto& shared = other->as_object()["description"].as_string();
      shared += " " + note;
    }
    service[key].as_object()["anyOf"].as_array().emplace_back(reference);
  }
  if (!needed) return;
  json::value own = runtime.service_schema;
  for (const auto key : {"$schema"sv, "$id"sv}) own.as_object().erase(key);
  move_references(own, "#/definitions/" + name);
  definitions[name] = std::move(own);
}

// `runtime` is one of the known names, or beside an image, where another file may have it, also an
// engine's.
void name_runtimes(std::span<const RuntimeInfo> runtimes, json::object& schema) {
  const RuntimeSchemas known(runtimes);
  json::array names;
  for (const auto name : known.names()) names.emplace_back(name);
  auto& definitions = schema["definitions"].as_object();
  definitions["runtime"] = json::object{{"enum", std::move(names)}};
  auto& service = definitions["service"].as_object();
  auto& own = service["properties"].as_object()["runtime"].as_object();
  own.erase("type");
  own["anyOf"] = json::parse(R"([{"$ref": "#/definitions/runtime"}, {"type": "string"}])");
  service["anyOf"] = json::parse(R"([
      {"properties": {"runtime": {"$ref": "#/definitions/runtime"}}},
      {"required": ["image"]}, {"required": ["build"]}, {"required": ["extends"]}])");
}

}  // namespace

json::object file_schema(std::span<const RuntimeInfo> runtimes) {
  json::value schema = json::parse(core_schema_text());
  auto& root = schema.as_object();
  for (const RuntimeInfo& runtime : runtimes) add_keys(runtime, root);
  name_runtimes(runtimes, root);
  admit_variables(schema);
  return std::move(schema.as_object());
}

}  // namespace consort::config
