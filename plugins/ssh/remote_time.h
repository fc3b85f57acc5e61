#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace consort::ssh {

inline constexpr std::size_t stamp_length = 30;
// Nanoseconds since the epoch of "2026-01-31T12:34:56.123456789Z", as the shim writes it. None if
// the store would not take it for a time.
std::optional<std::int64_t> parse_stamp(std::string_view stamp);

}  // namespace consort::ssh
