#include "plugins/ssh/followed.h"

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

bool parse_length(std::string_view text, std::size_t& length) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, length);
  return parsed.ec == std::errc() && parsed.ptr == end && length <= Followed::most;
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

}  // namespace consort::ssh
