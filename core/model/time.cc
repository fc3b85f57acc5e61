#include <chrono>

#include "core/model/json.h"

namespace consort::model {
namespace {

namespace ch = std::chrono;

void put_digits(char* at, int width, unsigned value) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Exactly `width` digits at the front of `text`, which is then shortened by them.
bool take_digits(std::string_view& text, std::size_t width, int& value) {
  if (text.size() < width) return false;
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".123" as nanoseconds; nothing is 0.
bool take_fraction(std::string_view& text, int& nanoseconds) {
  nanoseconds = 0;
  if (!take(text, ".")) return true;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    if (digits == 9) return false;
    nanoseconds = nanoseconds * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return false;
  for (; digits < 9; ++digits) nanoseconds *= 10;
  return true;
}

// "Z" or "+hh:mm", to the end of the text.
bool take_offset(std::string_view& text, ch::minutes& offset) {
  offset = {};
  if (take(text, "Zz")) return text.empty();
  if (text.empty()) return false;
  const bool west = text.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours) || !take(text, ":") ||
      !take_digits(text, 2, minutes) || hours > 23 || minutes > 59 || !text.empty()) {
    return false;
  }
  offset = ch::minutes(hours * 60 + minutes);
  if (west) offset = -offset;
  return true;
}

}  // namespace

std::string format_time(WallTime time) {
  if (time == WallTime{}) return {};
  const auto day = ch::floor<ch::days>(time);
  const ch::year_month_day date(day);
  const ch::hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000000000Z";
  char* at = text.data();
  put_digits(at, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(at + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(at + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(at + 11, 2, static_cast<unsigned>(clock.hours().count()));
  put_digits(at + 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put_digits(at + 17, 2, static_cast<unsigned>(clock.seconds().count()));
  put_digits(at + 20, 9, static_cast<unsigned>(clock.subseconds().count()));
  return text;
}

std::optional<WallTime> parse_time(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, nanoseconds = 0;
  ch::minutes offset{};
  if (!take_digits(text, 4, year) || !take(text, "-") || !take_digits(text, 2, month) ||
      !take(text, "-") || !take_digits(text, 2, day) || !take(text, "Tt") ||
      !take_digits(text, 2, hour) || !take(text, ":") || !take_digits(text, 2, minute) ||
      !take(text, ":") || !take_digits(text, 2, second) || !take_fraction(text, nanoseconds) ||
      !take_offset(text, offset)) {
    return std::nullopt;
  }
  const ch::year_month_day date{ch::year(year), ch::month(static_cast<unsigned>(month)),
                                ch::day(static_cast<unsigned>(day))};
  // 60 is a leap second. The years are those that 64 bits of nanoseconds hold in full.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || year < 1678 || year > 2261) {
    return std::nullopt;
  }
  return WallTime(ch::sys_days(date)) + ch::hours(hour) + ch::minutes(minute) +
         ch::seconds(second) + ch::nanoseconds(nanoseconds) - offset;
}

}  // namespace consort::model
