#include "plugins/docker/json_view.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace consort::docker {

std::int64_t to_integer(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64()) return static_cast<std::int64_t>(value.get_uint64());
  if (value.is_double()) return static_cast<std::int64_t>(value.get_double());
  const std::string text = to_text(value);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double to_double(const json::value& value) {
  if (value.is_number()) return value.to_number<double>();
  return std::strtod(to_text(value).c_str(), nullptr);
}

const json::object& object_at(const json::value& value, std::string_view key) {
  static const json::object none;
  const auto* found = at(value, key).if_object();
  return found != nullptr ? *found : none;
}

const json::array& array_at(const json::value& value, std::string_view key) {
  static const json::array none;
  const auto* found = at(value, key).if_array();
  return found != nullptr ? *found : none;
}

std::int64_t to_nanoseconds(const json::value& value) {
  const std::string text = to_text(value);
  double total = 0;
  const char* rest = text.c_str();
  while (*rest != '\0') {
    char* end = nullptr;
    const double number = std::strtod(rest, &end);
    if (end == rest) return 0;
    std::string unit;
    while (std::isalpha(static_cast<unsigned char>(*end)) != 0) unit += *end++;
    // strtod takes no unit: none of them begins with an exponent.
    const double factor = unit == "h"                 ? 3600e9
                          : unit == "m"               ? 60e9
                          : unit == "s" || unit == "" ? 1e9
                          : unit == "ms"              ? 1e6
                          : unit == "us"              ? 1e3
                          : unit == "ns"              ? 1
                                                      : std::nan("");
    if (std::isnan(factor)) return 0;
    total += number * factor;
    rest = end;
  }
  return static_cast<std::int64_t>(std::llround(total));
}

std::int64_t to_bytes(const json::value& value) {
  if (value.is_number()) return to_integer(value);
  const std::string text = to_text(value);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return 0;
  double factor = 1;
  switch (std::tolower(static_cast<unsigned char>(*end))) {
    case 't':
      factor *= 1024;
      [[fallthrough]];
    case 'g':
      factor *= 1024;
      [[fallthrough]];
    case 'm':
      factor *= 1024;
      [[fallthrough]];
    case 'k':
      factor *= 1024;
      break;
    default:
      break;
  }
  return static_cast<std::int64_t>(number * factor);
}

}  // namespace consort::docker
