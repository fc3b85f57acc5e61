#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

// Reading JSON of others, whose members may be missing or null.
namespace consort::docker {

namespace json = boost::json;

inline const json::value& at(const json::value& value, std::string_view key) {
  static const json::value none;
  const auto* object = value.if_object();
  const auto* found = object != nullptr ? object->if_contains(key) : nullptr;
  return found != nullptr ? *found : none;
}
template <class... More>
const json::value& at(const json::value& value, std::string_view key, More... more) {
  return at(at(value, key), more...);
}

// Scalars as text; "" for null and what is no scalar.
inline std::string to_text(const json::value& value) {
  if (const auto* string = value.if_string()) return std::string(*string);
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_number()) return json::serialize(value);
  return {};
}
inline std::string text_at(const json::value& value, std::string_view key) {
  return to_text(at(value, key));
}

inline bool to_bool(const json::value& value) {
  return value.is_bool() ? value.get_bool() : to_text(value) == "true";
}
inline bool bool_at(const json::value& value, std::string_view key) {
  return to_bool(at(value, key));
}

// A number, or text that is one; 0 for anything else.
std::int64_t to_integer(const json::value& value);
double to_double(const json::value& value);
inline std::int64_t integer_at(const json::value& value, std::string_view key) {
  return to_integer(at(value, key));
}

// Empty views where the value is of another kind.
const json::object& object_at(const json::value& value, std::string_view key);
const json::array& array_at(const json::value& value, std::string_view key);

// Compose's "1m30s", "1h", "500ms", "10" (seconds) in nanoseconds; 0 for what is none.
std::int64_t to_nanoseconds(const json::value& value);
// Compose's "64m", "1gb", "67108864", 67108864 in bytes; 0 for what is none.
std::int64_t to_bytes(const json::value& value);

}  // namespace consort::docker
