#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config/node.h"

namespace consort::config {

enum class ScalarType { text, integer, real, boolean, time };

// What YAML makes of a scalar: unquoted words and figures have a type, everything else is a text.
// Source: YAML 1.2 core schema with what Compose's parser (yaml.v3) reads beside it: 0777 as octal,
// 1_000, 0b11, dates.
struct Scalar {
  ScalarType type = ScalarType::text;
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::string time;  // RFC 3339
};
Scalar read_scalar(const Node& node);

// A whole number that only fits without a sign; for read_scalar it is a real one.
std::optional<std::uint64_t> read_unsigned(const Node& node);

// The text of a scalar where any type is good: numbers in decimal ("0x10" is "16", "1.50" is
// "1.5"), as Compose prints them.
std::string plain_text(const Node& node);

// A real number in its shortest form, as Go prints it: "1.5", "1e+21".
std::string format_real(double value);

}  // namespace consort::config
