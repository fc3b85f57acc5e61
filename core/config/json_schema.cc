#include "core/config/json_schema.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/base/text.h"
#include "core/config/read.h"
#include "core/config/schema_names.h"
#include "core/config/schema_references.h"

namespace consort::config {
namespace {

namespace json = boost::json;

using Context = std::vector<std::string>;  // "<root>", "[key]", "[0]"

std::string_view segment(const std::string& part) {
  std::string_view text = part;
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> as_index(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::size_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

struct Place {
  Mark where;
  Mark key;  // of the last key, where the file has one
  std::string path;
  bool told = false;  // what is wrong here is told already: a part of it could not be read
};

// Follows the context into the file's nodes as far as they have its shape: a short form in the file
// stands for everything below it.
Place find_place(const Node& root, const Context& context, const Path& path) {
  Place place{root.where, root.where, path.to_string()};
  const Node* node = &root;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string_view name = segment(context[i]);
    const Node* next = nullptr;
    if (node && node->is_map()) {
      if (const Entry* entry = node->find(name)) {
        next = &entry->value;
        place.key = entry->where;
      }
    } else if (node && node->is_sequence()) {
      place.told = place.told || has_broken(*node);  // the places of the others may have shifted
      const auto index = as_index(name);
      if (index && *index < node->items.size()) next = &node->items[*index];
    }
    const bool is_index = !node || !node->is_map() ? as_index(name).has_value() : false;
    place.path += is_index ? "[" + std::string(name) + "]" : "." + std::string(name);
    node = next;
    if (next) place.where = next->where;
    if (next) place.told = place.told || next->broken;
  }
  place.told = place.told || (node && has_broken(*node));
  return place;
}

// The part of a JSON value or schema that the context leads to, or nullptr.
const json::value* find_value(const json::value& root, const Context& context) {
  const json::value* value = &root;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string_view name = segment(context[i]);
    if (const auto* object = value->if_object()) {
      value = object->if_contains(name);
    } else if (const auto* array = value->if_array()) {
      const auto index = as_index(name);
      value = index && *index < array->size() ? &(*array)[*index] : nullptr;
    } else {
      value = nullptr;
    }
    if (!value) return nullptr;
  }
  return value;
}

const json::object* find_schema(const json::object& root, const Context& context) {
  const json::object* schema = &root;
  for (std::size_t i = 1; i < context.size() && schema; ++i) {
    const std::string_view name = segment(context[i]);
    const json::object* next = schema_below(*schema, name, false);
    if (!next && as_index(name)) next = schema_below(*schema, name, true);
    schema = next;
  }
  return schema;
}

std::string listed(const json::value& value) {
  const auto word = [](const json::value& v) {
    return v.is_string() ? std::string(v.as_string()) : json::serialize(v);
  };
  if (!value.is_array()) return word(value);
  std::vector<std::string> words;
  for (const auto& item : value.as_array()) words.push_back(word(item));
  return base::join(words, ", ");
}

std::string accepted_names(const std::vector<std::string_view>& names) {
  if (names.empty()) return {};
  return " (accepted: " + base::join(std::vector<std::string>(names.begin(), names.end()), ", ") +
         ")";
}

std::string accepted(const json::object* schema) {
  if (!schema) return {};
  for (const std::string_view key : {"enum", "pattern", "type"}) {
    if (const auto* value = schema->if_contains(key)) {
      return " (accepted: " + std::string(key == "pattern" ? "what matches " : "") +
             listed(*value) + ")";
    }
  }
  return {};
}

// The schema's own words for what it accepts, or what its constraint says.
std::string cause(std::string description, const json::object* schema) {
  const auto* words = schema ? schema->if_contains("errorMessage") : nullptr;
  if (words && words->is_string()) return std::string(words->get_string());
  if (description.ends_with('.')) description.pop_back();
  if (!description.empty() && description[0] >= 'A' && description[0] <= 'Z') {
    description[0] = static_cast<char>(description[0] - 'A' + 'a');
  }
  return description + accepted(schema);
}

constexpr std::string_view missing = "Missing required property '";

// The key that is missing in the value itself; nullopt: it is another error.
std::optional<std::string> missing_key(const valijson::ValidationResults::Error& error) {
  if (error.context.size() != 1 || !error.description.starts_with(missing)) return std::nullopt;
  std::string key = error.description.substr(missing.size());
  return key.substr(0, key.rfind('\''));
}

bool is_prefix(const Context& shorter, const Context& longer) {
  return shorter.size() < longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

}  // namespace

struct JsonSchema::Compiled {
  valijson::Schema schema;
  valijson::Validator validator{valijson::Validator::kStrongTypes};
};

JsonSchema::JsonSchema() : compiled_(std::make_unique<Compiled>()) {}
JsonSchema::~JsonSchema() = default;

base::Result<std::unique_ptr<JsonSchema>> JsonSchema::compile(json::object schema) {
  std::unique_ptr<JsonSchema> made(new JsonSchema());
  made->schema_ = std::move(schema);
  if (const std::string problem = reference_problem(made->schema_); !problem.empty()) {
    return base::Error(base::ErrorKind::invalid, problem);
  }
  try {
    const json::value document(made->schema_);
    const valijson::adapters::BoostJsonAdapter adapter(document);
    valijson::SchemaParser().populateSchema(adapter, made->compiled_->schema);
  } catch (const std::exception& error) {
    return base::Error(base::ErrorKind::invalid, error.what());
  }
  return made;
}

void JsonSchema::check(const json::value& value, const Node& node, const Path& path,
                       std::string_view what, Diagnostics& out) {
  valijson::ValidationResults results;
  const valijson::adapters::BoostJsonAdapter adapter(value);
  try {
    if (compiled_->validator.validate(compiled_->schema, adapter, &results)) return;
  } catch (const std::exception& error) {
    out.error(node.where, "cannot check " + path.to_string() + ": " + error.what());
    return;
  }
  // A complaint about a value is repeated by everything around it: the innermost ones say it.
  std::vector<Context> inner;
  for (const auto& unknown : unknown_names(value, schema_)) {
    Context context{"<root>"};
    for (const auto& key : unknown.keys) context.push_back('[' + key + ']');
    const Place place = find_place(node, context, path);
    const std::string near = suggestion(unknown.keys.back(), unknown.known);
    out.error(place.key, "cannot read " + place.path + std::string(what) + ": unknown key " +
                             quote(unknown.keys.back()) +
                             (near.empty() ? accepted_names(unknown.known) : near));
    inner.push_back(std::move(context));
  }
  const std::vector<valijson::ValidationResults::Error> errors(results.begin(), results.end());
  for (const auto& error : errors) inner.push_back(error.context);
  std::vector<Context> told;
  for (const auto& error : errors) {
    const auto key = missing_key(error);
    if (!key) {
      const bool outer = std::any_of(inner.begin(), inner.end(), [&](const auto& other) {
        return is_prefix(error.context, other);
      });
      if (outer || std::find(told.begin(), told.end(), error.context) != told.end()) continue;
      told.push_back(error.context);
    }
    const Place place = find_place(node, error.context, path);
    const Entry* own = key ? node.find(*key) : nullptr;
    if (key ? own && has_broken(own->value) : place.told) continue;
    const json::value* wrong = find_value(value, error.context);
    std::string text = "cannot read " + place.path + std::string(what) + ": ";
    if (wrong && !wrong->is_structured()) {
      text += json::serialize(*wrong) + " is not accepted: ";
    }
    out.error(place.where, text + cause(error.description, find_schema(schema_, error.context)));
  }
}

}  // namespace consort::config
