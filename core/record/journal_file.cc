#include "core/record/journal_file.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <charconv>
#include <cstdio>
#include <optional>

namespace consort::record {
namespace {

std::uint32_t checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
}

template <class T>
bool take_number(std::string_view& text, T& value, int base, char end) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const auto used = static_cast<std::size_t>(at - text.data());
  if (error != std::errc() || used == text.size() || *at != end) return false;
  text.remove_prefix(used + 1);
  return true;
}

std::string checked_line(std::string_view payload) {
  std::string line = "00000000 " + std::to_string(payload.size()) + " ";
  line += payload;
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", checksum(std::string_view(line).substr(9)));
  line.replace(0, 8, digits);
  line += '\n';
  return line;
}

// `line` without its newline.
std::optional<Change> parse_line(std::string_view line) {
  std::uint32_t crc = 0;
  if (line.size() < 9 || line[8] != ' ' || !take_number(line, crc, 16, ' ')) return std::nullopt;
  if (checksum(line) != crc) return std::nullopt;
  std::size_t length = 0;
  if (!take_number(line, length, 10, ' ') || length != line.size() || length < 2) {
    return std::nullopt;
  }
  const std::size_t space = line.find(' ');
  if (line.front() == '-' && space == std::string_view::npos) {
    return Change{false, line.substr(1), {}, {}};
  }
  if (line.front() == '+' && space != std::string_view::npos) {
    return Change{true, line.substr(1, space - 1), line.substr(space + 1), {}};
  }
  return std::nullopt;
}

}  // namespace

std::string file_header(std::string_view kind, std::uint64_t count) {
  std::string line = "consort-" + std::string(kind) + " " + std::to_string(format_version);
  return line + " " + std::to_string(count) + "\n";
}

ParsedHeader parse_header(std::string_view text, std::string_view kind) {
  ParsedHeader header;
  const std::size_t before = text.size();
  const std::string name = "consort-" + std::string(kind) + " ";
  if (!text.starts_with(name)) return header;
  text.remove_prefix(name.size());
  // A newer format may have anything behind its version.
  std::string_view version = text.substr(0, text.find_first_of(" \n") + 1);
  if (version.empty()) return header;
  if (!take_number(version, header.version, 10, version.back())) return header;
  if (header.version > format_version) {
    header.state = Header::newer;
    return header;
  }
  if (!take_number(text, header.version, 10, ' ') || !take_number(text, header.count, 10, '\n')) {
    return header;
  }
  header.size = before - text.size();
  header.state = Header::good;
  return header;
}

bool valid_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
}

std::string put_line(std::string_view key, std::string_view json) {
  std::string payload;
  payload.reserve(key.size() + json.size() + 2);
  ((payload += '+') += key) += ' ';
  payload += json;
  return checked_line(payload);
}

std::string erase_line(std::string_view key) { return checked_line("-" + std::string(key)); }

std::string_view json_of(std::string_view line) {
  // "<checksum> <length> +<key> <JSON>\n": neither of the first three has a space.
  for (int field = 0; field < 3; ++field) line.remove_prefix(line.find(' ') + 1);
  line.remove_suffix(1);
  return line;
}

Replay replay(std::string_view text, const std::function<void(const Change&)>& apply) {
  Replay result;
  std::uint64_t bad = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    if (auto change = parse_line(text.substr(at, end - at))) {
      change->line = text.substr(at, end + 1 - at);
      apply(*change);
      ++result.applied;
      result.damaged += bad;
      bad = 0;
      result.good_size = end + 1;
    } else if (end != at) {  // an empty line only closes a torn one
      ++bad;
    }
    at = end + 1;
  }
  return result;
}

}  // namespace consort::record
