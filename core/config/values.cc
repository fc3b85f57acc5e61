#include "core/config/values.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "core/config/read.h"
#include "core/config/scalar.h"

namespace consort::config {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<double> parse_real(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<bool> value_of_boolean(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const std::string word = lower(node.text);
  if (one_of(word, {"true", "y", "yes", "on"})) return true;
  if (one_of(word, {"false", "n", "no", "off"})) return false;
  return std::nullopt;
}

std::optional<std::int64_t> value_of_whole(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const Scalar scalar = read_scalar(node);
  if (scalar.type == ScalarType::integer) return scalar.integer;
  if (scalar.type == ScalarType::real) return static_cast<std::int64_t>(scalar.real);
  return parse_integer(node.text);
}

std::optional<double> value_of_real(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const Scalar scalar = read_scalar(node);
  if (scalar.type == ScalarType::integer || scalar.type == ScalarType::real) return scalar.real;
  return parse_real(node.text);
}

std::optional<std::int64_t> value_of_bytes(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const Scalar scalar = read_scalar(node);
  if (scalar.type == ScalarType::integer) return scalar.integer;
  if (scalar.type == ScalarType::real) return static_cast<std::int64_t>(scalar.real);
  return parse_bytes(node.text);
}

std::optional<std::int64_t> value_of_mode(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const Scalar scalar = read_scalar(node);
  if (scalar.type == ScalarType::integer) return scalar.integer;
  std::int64_t mode = 0;
  const char* end = node.text.data() + node.text.size();
  const auto result = std::from_chars(node.text.data(), end, mode, 8);
  if (node.text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return mode;
}

std::optional<std::int64_t> value_of_count(const Node& node) {
  if (node.is_scalar() && lower(node.text) == "all") return -1;
  return value_of_whole(node);
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  const auto last = text.find_last_of("0123456789. ");
  if (last == std::string_view::npos) return std::nullopt;
  const std::string unit = lower(text.substr(last + 1));
  const auto number = parse_real(text.substr(0, text[last] == ' ' ? last : last + 1));
  if (!number || *number < 0 || unit.size() > 3) return std::nullopt;
  double size = *number;
  if (!unit.empty() && unit != "b") {
    const auto power = std::string_view("kmgtp").find(unit[0]);
    if (power == std::string_view::npos) return std::nullopt;
    if (unit.size() > 1 && unit.substr(1) != "b" && unit.substr(1) != "ib") return std::nullopt;
    for (std::size_t i = 0; i <= power; ++i) size *= 1024;
  }
  return static_cast<std::int64_t>(size);
}

}  // namespace consort::config
