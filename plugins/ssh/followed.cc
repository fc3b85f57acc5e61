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

}  // namespace

bool Followed::unpack(std::string_view length) {
  const auto parsed = std::from_chars(length.data(), length.data() + length.size(), size_);
  if (parsed.ec != std::errc() || parsed.ptr != length.data() + length.size() || size_ > most) {
    return false;
  }
  const std::string_view block = std::string_view(text_).substr(at_);
  unpacked_ = std::make_unique_for_overwrite<char[]>(size_);
  const int made = LZ4_decompress_safe(block.data(), unpacked_.get(),
                                       static_cast<int>(block.size()), static_cast<int>(size_));
  return made >= 0 && static_cast<std::size_t>(made) == size_;
}

// "SEGMENT OFFSET WORD\n" and bytes.
std::optional<Followed> parse_followed(std::string text) {
  Followed followed;
  const std::size_t newline = text.find('\n');
  if (newline == std::string::npos) return std::nullopt;
  std::string_view head = std::string_view(text).substr(0, newline);
  if (!take(head, followed.segment) || !take(head, followed.offset)) return std::nullopt;
  followed.word = head;
  followed.at_ = newline + 1;
  followed.text_ = std::move(text);
  constexpr std::string_view packed = "lz4 ";
  if (!followed.word.starts_with(packed)) return followed;
  if (!followed.unpack(std::string_view(followed.word).substr(packed.size()))) return std::nullopt;
  followed.word = "data";
  return followed;
}

}  // namespace consort::ssh
