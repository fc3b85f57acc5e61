#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/config/node.h"

namespace consort::config {

// What a scalar is in the forms that a shape names; nullopt: it is nothing of the kind.

// true, false, and the words of YAML 1.1: y yes on n no off.
std::optional<bool> value_of_boolean(const Node& node);
// A number, or a text that is a decimal one; of a real number the whole part.
std::optional<std::int64_t> value_of_whole(const Node& node);
std::optional<double> value_of_real(const Node& node);
// Bytes: a number with b, k, m, g, t or p (1k is 1024), also kb and kib, in any case.
// Source: Compose specification, "Specifying byte values", and go-units.
std::optional<std::int64_t> value_of_bytes(const Node& node);
// A file mode: a text is octal, a number is what YAML makes of it.
std::optional<std::int64_t> value_of_mode(const Node& node);
// A number of devices; "all" is -1.
std::optional<std::int64_t> value_of_count(const Node& node);

std::optional<std::int64_t> parse_bytes(std::string_view text);

}  // namespace consort::config
