#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace consort::record {

// A place in the stream of events: after the event `sequence` of the supervisor `epoch` (random for
// each, so that a cursor of a dead supervisor is known as such).
struct Cursor {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// "EPOCH.SEQUENCE": 16 hex digits and a decimal number.
std::string to_string(const Cursor& cursor);
std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace consort::record
