#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace consort::base {

struct Character {
  std::size_t length = 1;  // in bytes
  char32_t code = 0;
  bool valid = false;  // else one byte, `code`, that begins no character (RFC 3629)
};

// The first one of a text that is not empty.
Character first_character(std::string_view text);

// Does the byte begin a character? Columns count those.
inline bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

inline std::ptrdiff_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), begins_character);
}

inline std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace consort::base
