#include "core/config/schema_names.h"

#include <algorithm>
#include <optional>

namespace consort::config {
namespace {

namespace json = boost::json;

const json::object* object_at(const json::object& schema, std::string_view key) {
  const auto* part = schema.if_contains(key);
  return part ? part->if_object() : nullptr;
}

// nullopt: any name.
std::optional<std::vector<std::string_view>> known_names(const json::object& schema) {
  std::vector<std::string_view> known;
  const auto* names = object_at(schema, "propertyNames");
  const auto* words = names ? names->if_contains("enum") : nullptr;
  if (words && words->is_array()) {
    for (const auto& word : words->get_array()) {
      if (const auto* text = word.if_string()) known.push_back(*text);
    }
    return known;
  }
  const auto* others = schema.if_contains("additionalProperties");
  const bool closed = others && others->is_bool() && !others->get_bool();
  if (!closed || schema.contains("patternProperties")) return std::nullopt;
  if (const auto* properties = object_at(schema, "properties")) {
    for (const auto& property : *properties) known.push_back(property.key());
  }
  return known;
}

class Finder {
 public:
  std::vector<UnknownName> run(const json::value& value, const json::object& schema) {
    visit(value, schema);
    return std::move(found_);
  }

 private:
  void visit(const json::value& value, const json::object& schema) {
    if (const auto* map = value.if_object()) {
      const auto known = keys_.empty() ? std::nullopt : known_names(schema);
      for (const auto& [key, below] : *map) {
        keys_.emplace_back(key);
        if (known && std::find(known->begin(), known->end(), key) == known->end()) {
          found_.push_back({keys_, *known});
        } else if (const auto* part = schema_below(schema, key, false)) {
          visit(below, *part);
        }
        keys_.pop_back();
      }
    } else if (const auto* list = value.if_array()) {
      const auto* part = schema_below(schema, {}, true);
      for (std::size_t i = 0; part && i < list->size(); ++i) {
        keys_.push_back(std::to_string(i));
        visit((*list)[i], *part);
        keys_.pop_back();
      }
    }
  }

  std::vector<std::string> keys_;
  std::vector<UnknownName> found_;
};

}  // namespace

std::vector<UnknownName> unknown_names(const json::value& value, const json::object& schema) {
  return Finder().run(value, schema);
}

const json::object* schema_below(const json::object& schema, std::string_view key, bool item) {
  if (const auto* properties = object_at(schema, "properties"); properties && !item) {
    if (const auto* part = properties->if_contains(key)) return part->if_object();
  }
  return object_at(schema, item ? "items" : "additionalProperties");
}

}  // namespace consort::config
