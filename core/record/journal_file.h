#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// The text of the store's files: a header line, then one line a change,
//
//   <CRC-32 of the rest, 8 hex digits> <length of the payload> <payload>\n
//
// where the payload is "+<key> <JSON>" or "-<key>". Pure functions.
namespace consort::record {

inline constexpr int format_version = 1;

// "consort-journal 1\n"; `kind` is "journal" or "snapshot".
std::string file_header(std::string_view kind, std::uint64_t count = 0);

enum class Header { good, newer, bad };
struct ParsedHeader {
  Header state = Header::bad;
  int version = 0;
  std::uint64_t count = 0;  // of a snapshot: the lines that must follow
  std::size_t size = 0;     // of the header line
};
ParsedHeader parse_header(std::string_view text, std::string_view kind);

// A key is not empty and has neither white space nor control characters.
bool valid_key(std::string_view key);

std::string put_line(std::string_view key, std::string_view json);
std::string erase_line(std::string_view key);

// The JSON in a line that put_line made.
std::string_view json_of(std::string_view line);

struct Change {
  bool put = false;
  std::string_view key;
  std::string_view json;  // of a put
  std::string_view line;  // all of it, newline included
};

struct Replay {
  std::uint64_t applied = 0;
  std::uint64_t damaged = 0;  // lines that are followed by good ones
  std::size_t good_size = 0;  // up to the end of the last good line; what follows is a torn tail
};
// Calls `apply` for each good line of `text`, which starts after the header.
Replay replay(std::string_view text, const std::function<void(const Change&)>& apply);

}  // namespace consort::record
