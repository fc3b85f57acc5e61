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

}  // namespace

std::string LogPlace::text() const {
  return std::to_string(segment) + ":" + std::to_string(offset);
}

// Two numbers of ten and twenty digits at most.
void LogBatch::add(const LogLine& line, const LogPlace& behind) {
  char* const cursor = cursors_[lines_.size()];
  char* const end = cursor + sizeof cursors_[0];
  char* at = std::to_chars(cursor, end, behind.segment).ptr;
  *at++ = ':';
  at = std::to_chars(at, end, behind.offset).ptr;
  lines_.push_back({line.stream, line.partial, line.at_ns, line.text.data(), line.text.size(),
                    cursor, static_cast<std::size_t>(at - cursor)});
}

LogPlace LogPlace::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  LogPlace place;
  if (colon == std::string_view::npos || !ssh::parse(text.substr(0, colon), place.segment) ||
      !ssh::parse(text.substr(colon + 1), place.offset)) {
    return {};
  }
  return place;
}

std::optional<LogLine> LogLines::parse(std::string_view line) {
  // "2026-01-31T12:34:56.123456789Z stdout F text"
  constexpr std::size_t header = stamp_length + 10;
  if (line.size() < header || line[stamp_length] != ' ' || line[header - 1] != ' ') {
    return std::nullopt;
  }
  if (const auto stamp = line.substr(0, stamp_length); stamp != stamp_) {
    const auto at = parse_stamp(stamp);
    if (!at) return std::nullopt;
    stamp_ = stamp;
    at_ns_ = *at;
  }
  const std::string_view stream = line.substr(stamp_length + 1, 6);
  const char tag = line[stamp_length + 8];
  const bool known = (stream == "stdout" || stream == "stderr") && (tag == 'F' || tag == 'P');
  if (!known) return std::nullopt;
  return LogLine{stream == "stderr" ? CONSORT_STDERR : CONSORT_STDOUT, at_ns_, tag == 'P',
                 line.substr(header)};
}

}  // namespace consort::ssh
