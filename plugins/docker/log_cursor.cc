#include "plugins/docker/log_cursor.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace consort::docker {
namespace {

// A stream's line may be older than the other's that is stored already: they are logged apart.
constexpr std::int64_t overlap_ns = 2'000'000'000;

template <class Number>
bool read_number(std::string_view& text, Number& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool read_digits(std::string_view& text, std::size_t count, int& number) {
  if (text.size() < count) return false;
  std::string_view part = text.substr(0, count);
  if (!read_number(part, number) || !part.empty()) return false;
  text.remove_prefix(count);
  return true;
}

}  // namespace

void LogCursor::advance(consort_stream stream, std::int64_t at_ns) {
  Mark& mark = of(stream);
  mark.count = mark.at_ns == at_ns ? mark.count + 1 : 1;
  mark.at_ns = at_ns;
}

std::string LogCursor::text() const {
  char buffer[80];
  char* end = buffer + sizeof buffer;
  char* at = std::to_chars(buffer, end, out.at_ns).ptr;
  *at++ = ':';
  at = std::to_chars(at, end, out.count).ptr;
  *at++ = ',';
  at = std::to_chars(at, end, err.at_ns).ptr;
  *at++ = ':';
  at = std::to_chars(at, end, err.count).ptr;
  return {buffer, at};
}

LogCursor LogCursor::parse(std::string_view text) {
  LogCursor read;
  const bool whole = read_number(text, read.out.at_ns) && skip(text, ':') &&
                     read_number(text, read.out.count) && skip(text, ',') &&
                     read_number(text, read.err.at_ns) && skip(text, ':') &&
                     read_number(text, read.err.count);
  return whole ? read : LogCursor();
}

std::int64_t LogResume::since() const {
  const std::int64_t out = stored_.out.at_ns, err = stored_.err.at_ns;
  const std::int64_t last = out == 0 ? err : err == 0 ? out : std::min(out, err);
  return std::max<std::int64_t>(last - overlap_ns, 0);
}

bool LogResume::is_new(consort_stream stream, std::int64_t at_ns) {
  bool& passed = passed_[stream == CONSORT_STDERR];
  if (passed) return true;
  const LogCursor::Mark& mark = stored_.of(stream);
  if (at_ns < mark.at_ns) return false;
  if (at_ns == mark.at_ns) {
    seen_.advance(stream, at_ns);
    if (seen_.of(stream).count <= mark.count) return false;
  }
  return passed = true;
}

std::optional<std::int64_t> parse_time_ns(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool whole = read_digits(text, 4, year) && skip(text, '-') && read_digits(text, 2, month) &&
                     skip(text, '-') && read_digits(text, 2, day) && skip(text, 'T') &&
                     read_digits(text, 2, hour) && skip(text, ':') &&
                     read_digits(text, 2, minute) && skip(text, ':') &&
                     read_digits(text, 2, second);
  if (!whole) return std::nullopt;
  std::int64_t fraction = 0;
  if (skip(text, '.')) {
    std::int64_t scale = 100'000'000;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
      fraction += (text.front() - '0') * scale;
      scale /= 10;
    }
  }
  int offset = 0;
  if (!skip(text, 'Z')) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0, minutes = 0;
    if (!read_digits(text, 2, hours) || !skip(text, ':') || !read_digits(text, 2, minutes)) {
      return std::nullopt;
    }
    offset = sign * (hours * 60 + minutes);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!text.empty() || !date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds =
      days * 86400 + hour * 3600 + (std::int64_t{minute} - offset) * 60 + second;
  return seconds * 1'000'000'000 + fraction;
}

}  // namespace consort::docker
