#include "core/record/cursor.h"

#include <charconv>
#include <cstdio>

namespace consort::record {

std::string to_string(const Cursor& cursor) {
  char text[48];
  std::snprintf(text, sizeof text, "%016llx.%llu", static_cast<unsigned long long>(cursor.epoch),
                static_cast<unsigned long long>(cursor.sequence));
  return text;
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  const char* end = text.data() + text.size();
  const auto [dot, bad_epoch] = std::from_chars(text.data(), end, cursor.epoch, 16);
  if (bad_epoch != std::errc() || dot != text.data() + 16 || dot == end || *dot != '.') {
    return std::nullopt;
  }
  const auto [last, bad_sequence] = std::from_chars(dot + 1, end, cursor.sequence);
  if (bad_sequence != std::errc() || last != end) return std::nullopt;
  return cursor;
}

}  // namespace consort::record
