#include "core/model/duration.h"

#include <array>
#include <cstdint>
#include <limits>

namespace consort::model {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
// Longer names before their prefixes.
constexpr std::array<Unit, 10> units{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},  // Greek letter mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60ull * 1'000'000'000},
    {"h", 3600ull * 1'000'000'000},
    {"d", 24ull * 3600 * 1'000'000'000},
    {"w", 7ull * 24 * 3600 * 1'000'000'000},
}};

constexpr std::uint64_t maximum =
    static_cast<std::uint64_t>(std::numeric_limits<Duration::rep>::max());

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A run of digits; false when it overflows.
bool take_integer(std::string_view& text, std::uint64_t& value) {
  value = 0;
  while (!text.empty() && is_digit(text.front())) {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    if (value > (maximum - digit) / 10) return false;
    value = value * 10 + digit;
    text.remove_prefix(1);
  }
  return true;
}

// Digits after the point as value/scale; those beyond the precision are dropped.
void take_fraction(std::string_view& text, std::uint64_t& value, double& scale) {
  value = 0;
  scale = 1;
  while (!text.empty() && is_digit(text.front())) {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    if (value <= (maximum - digit) / 10) {
      value = value * 10 + digit;
      scale *= 10;
    }
    text.remove_prefix(1);
  }
}

const Unit* take_unit(std::string_view& text) {
  for (const Unit& unit : units) {
    if (text.starts_with(unit.name)) {
      text.remove_prefix(unit.name.size());
      return &unit;
    }
  }
  return nullptr;
}

// "12.5" for 12'500 in thousands: no trailing zeros.
std::string decimal(std::uint64_t value, std::uint64_t one) {
  std::string text = std::to_string(value / one);
  if (std::uint64_t rest = value % one; rest != 0) {
    text += '.';
    for (std::uint64_t digit = one / 10; rest != 0; digit /= 10) {
      text += static_cast<char>('0' + rest / digit);
      rest %= digit;
    }
  }
  return text;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Duration{};
  if (text.empty()) return std::nullopt;

  std::uint64_t total = 0;
  while (!text.empty()) {
    const std::size_t before = text.size();
    std::uint64_t whole = 0;
    if (!take_integer(text, whole)) return std::nullopt;
    bool digits = text.size() != before;
    std::uint64_t fraction = 0;
    double scale = 1;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      const std::size_t at_point = text.size();
      take_fraction(text, fraction, scale);
      digits = digits || text.size() != at_point;
    }
    if (!digits) return std::nullopt;
    const Unit* unit = take_unit(text);
    if (unit == nullptr || whole > maximum / unit->nanoseconds) return std::nullopt;
    const std::uint64_t part =
        whole * unit->nanoseconds +
        static_cast<std::uint64_t>(static_cast<double>(fraction) *
                                   (static_cast<double>(unit->nanoseconds) / scale));
    if (part > maximum || total > maximum - part) return std::nullopt;
    total += part;
  }
  const auto count = static_cast<Duration::rep>(total);
  return Duration(negative ? -count : count);
}

std::string format_duration(Duration duration) {
  if (duration == Duration{}) return "0s";
  const bool negative = duration < Duration{};
  // Unsigned, so that the smallest value has an opposite.
  std::uint64_t rest = static_cast<std::uint64_t>(duration.count());
  if (negative) rest = 0 - rest;

  std::string text = negative ? "-" : "";
  if (rest < 1'000) return text + std::to_string(rest) + "ns";
  if (rest < 1'000'000) return text + decimal(rest, 1'000) + "\u00b5s";
  if (rest < 1'000'000'000) return text + decimal(rest, 1'000'000) + "ms";
  constexpr std::uint64_t second = 1'000'000'000;
  if (const auto hours = rest / (3600 * second); hours != 0) text += std::to_string(hours) + "h";
  rest %= 3600 * second;
  if (const auto minutes = rest / (60 * second); minutes != 0)
    text += std::to_string(minutes) + "m";
  rest %= 60 * second;
  if (rest != 0) text += decimal(rest, second) + "s";
  return text;
}

}  // namespace consort::model
