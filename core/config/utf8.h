#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace consort::config {

inline std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

// Does the byte begin a character? Columns count those.
inline bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

inline std::ptrdiff_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), begins_character);
}

}  // namespace consort::config
