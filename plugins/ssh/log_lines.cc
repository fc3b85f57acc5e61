#include "plugins/ssh/log_lines.h"

#include <charconv>

#include "plugins/ssh/remote_time.h"

namespace consort::ssh {
namespace {

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

bool is_header(std::string_view head) {
  const auto stamp = head.substr(0, stamp_length);
  if (!parse_stamp(stamp)) return false;
  const auto rest = head.substr(stamp_length);
  return rest == " stdout F " || rest == " stderr F " || rest == " stdout P " ||
         rest == " stderr P ";
}

}  // namespace

std::string LogPlace::file() const { return std::to_string(segment) + ":"; }

LogPlace LogPlace::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  LogPlace place;
  if (colon == std::string_view::npos || !ssh::parse(text.substr(0, colon), place.segment) ||
      !ssh::parse(text.substr(colon + 1), place.offset)) {
    return {};
  }
  return place;
}

// "2026-01-31T12:34:56.123456789Z stdout F text\n". Those that were written together have one
// header.
std::size_t records_at_front(std::string_view log) {
  constexpr std::size_t header = stamp_length + 10;
  std::string_view before;
  std::size_t length = 0;
  for (;;) {
    const std::string_view head = log.substr(length, header);
    if (head != before) {
      if (!is_header(head)) return length;
      before = head;
    }
    const std::size_t newline = log.find('\n', length + header);
    if (newline == log.npos) return length;
    length = newline + 1;
  }
}

}  // namespace consort::ssh
