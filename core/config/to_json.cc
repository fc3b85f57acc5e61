#include "core/config/to_json.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace consort::config {
namespace {

bool parse_whole(std::string_view text, int base, std::int64_t& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

bool parse_number(std::string_view text, boost::json::value& out) {
  std::string_view digits = text;
  const bool minus = digits.starts_with('-');
  if (minus || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || ((digits[0] < '0' || digits[0] > '9') && digits[0] != '.')) return false;
  std::int64_t whole = 0;
  int base = 10;
  if (digits.starts_with("0x")) base = 16;
  if (digits.starts_with("0o")) base = 8;
  const bool legacy_octal = digits.size() > 1 && digits[0] == '0' && base == 10 &&
                            digits.find_first_not_of("01234567") == std::string_view::npos;
  const bool padded = digits.size() > 1 && digits[0] == '0' && digits[1] != '.' && base == 10;
  if (padded && !legacy_octal) return false;
  if (base != 10) digits.remove_prefix(2);
  if (parse_whole(digits, legacy_octal ? 8 : base, whole)) {
    out = minus ? -whole : whole;
    return true;
  }
  if (base != 10) return false;
  double real = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, real);
  if (result.ec != std::errc() || result.ptr != end) return false;
  out = minus ? -real : real;
  return true;
}

boost::json::value scalar_to_json(const Node& node) {
  const std::string_view text = node.text;
  if (node.plain && node.tag != Tag::string && !text.empty()) {
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (boost::json::value number; parse_number(text, number)) return number;
  }
  return boost::json::value(boost::json::string(text));
}

}  // namespace

boost::json::value to_json(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return nullptr;
    case Kind::scalar:
      return scalar_to_json(node);
    case Kind::sequence: {
      boost::json::array array;
      array.reserve(node.items.size());
      for (const auto& item : node.items) array.push_back(to_json(item));
      return array;
    }
    case Kind::map: {
      boost::json::object object;
      object.reserve(node.entries.size());
      for (const auto& entry : node.entries) {
        if (!entry.key.starts_with("x-")) object[entry.key] = to_json(entry.value);
      }
      return object;
    }
  }
  return nullptr;
}

}  // namespace consort::config
