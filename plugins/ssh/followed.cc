#include "plugins/ssh/followed.h"

#include <algorithm>
#include <charconv>

#include <lz4.h>

namespace consort::ssh {
namespace {

// Takes a number and the space behind it.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr + 1 - text.data()));
  return true;
}

bool parse_size(std::string_view text, std::uint64_t& size) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, size);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

bool parse_length(std::string_view text, std::size_t& length) {
  return parse_size(text, length) && length <= Followed::most;
}

// "SEGMENT OFFSET WORD", of which the word remains.
bool take_place(std::string_view& line, LogPlace& place) {
  return take(line, place.segment) && take(line, place.offset);
}

constexpr std::string_view packed = "lz4 ";

}  // namespace

bool Followed::unpack(std::string_view length) {
  if (!parse_length(length, size_)) return false;
  const std::string_view block = std::string_view(text_).substr(at_);
  unpacked_ = std::make_unique_for_overwrite<char[]>(size_);
  const int made = LZ4_decompress_safe(block.data(), unpacked_.get(),
                                       static_cast<int>(block.size()), static_cast<int>(size_));
  return made >= 0 && static_cast<std::size_t>(made) == size_;
}

std::optional<Followed> parse_followed(std::string text) {
  Followed followed;
  const std::size_t newline = text.find('\n');
  if (newline == std::string::npos) return std::nullopt;
  std::string_view line = std::string_view(text).substr(0, newline);
  if (!take_place(line, followed.place)) return std::nullopt;
  followed.word = line;
  followed.at_ = newline + 1;
  followed.text_ = std::move(text);
  if (!followed.word.starts_with(packed)) return followed;
  if (!followed.unpack(std::string_view(followed.word).substr(packed.size()))) return std::nullopt;
  followed.word = "data";
  return followed;
}

std::optional<LogPlace> place_behind(std::string_view line, std::size_t rest) {
  LogPlace place;
  if (!take_place(line, place)) return std::nullopt;
  std::size_t length = rest;
  const bool is_packed = line.starts_with(packed);
  if (is_packed ? !parse_length(line.substr(packed.size()), length) : line != "data") {
    return std::nullopt;
  }
  place.offset += length;
  return place;
}

std::optional<std::uint64_t> dropped_between(std::string_view dropped, const LogPlace& from,
                                             const LogPlace& to) {
  std::uint64_t bytes = 0;
  std::uint32_t segments = 0;
  while (!dropped.empty()) {
    const std::size_t end = std::min(dropped.find('\n'), dropped.size() - 1);
    std::string_view line = dropped.substr(0, end);
    dropped.remove_prefix(end + 1);
    std::uint32_t segment = 0;
    std::uint64_t size = 0;
    const bool known = take(line, segment) && parse_size(line, size);
    if (!known || segment < from.segment || segment >= to.segment) continue;
    const std::uint64_t read = segment == from.segment ? std::min(from.offset, size) : 0;
    bytes += size - read;
    ++segments;
  }
  if (segments != to.segment - from.segment) return std::nullopt;
  return bytes;
}

}  // namespace consort::ssh
