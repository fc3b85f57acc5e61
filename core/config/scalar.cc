#include "core/config/scalar.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>

namespace consort::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without_underscores(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '_') result += c;
  }
  return result;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) base = 16;
  if (text.starts_with("0o") || text.starts_with("0O")) base = 8;
  if (text.starts_with("0b") || text.starts_with("0B")) base = 2;
  if (base != 10) {
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (text.empty() || result.ec != std::errc() || result.ptr != end || value > most) {
    return std::nullopt;
  }
  return minus ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

std::optional<double> parse_real(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") {
    return minus ? -std::numeric_limits<double>::infinity()
                 : std::numeric_limits<double>::infinity();
  }
  if (text.empty() || !(is_digit(text[0]) || (text[0] == '.' && text.size() > 1))) return {};
  double value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, std::chars_format::general);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return minus ? -value : value;
}

class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  // "2006-1-2", or with "T15:4:5.9Z", "T15:4:5+07:00", " 15:4:5".
  std::optional<std::string> run() {
    const auto year = number(4, 4), month = separated('-'), day = separated('-');
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return {};
    char date[48];
    std::snprintf(date, sizeof date, "%04d-%02d-%02d", *year, *month, *day);
    if (rest_.empty()) return std::string(date) + "T00:00:00Z";
    const char mark = rest_[0];
    if (mark != 'T' && mark != 't' && mark != ' ') return {};
    rest_.remove_prefix(1);
    const auto hour = number(1, 2), minute = separated(':'), second = separated(':');
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return {};
    char time[48];
    std::snprintf(time, sizeof time, "T%02d:%02d:%02d", *hour, *minute, *second);
    std::string result = std::string(date) + time;
    if (rest_.starts_with('.')) {
      std::size_t length = 1;
      while (length < rest_.size() && is_digit(rest_[length])) ++length;
      if (length == 1) return {};
      std::string fraction(rest_.substr(0, length));
      while (fraction.ends_with('0')) fraction.pop_back();
      if (fraction != ".") result += fraction;
      rest_.remove_prefix(length);
    }
    if (mark == ' ') return rest_.empty() ? std::optional(result + "Z") : std::nullopt;
    if (rest_ == "Z") return result + "Z";
    if (rest_.size() == 6 && (rest_[0] == '+' || rest_[0] == '-') && rest_[3] == ':') {
      return result.append(rest_);
    }
    return {};
  }

 private:
  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t length = 0;
    while (length < rest_.size() && length < most && is_digit(rest_[length])) ++length;
    if (length < least) return std::nullopt;
    int value = 0;
    std::from_chars(rest_.data(), rest_.data() + length, value);
    rest_.remove_prefix(length);
    return value;
  }
  std::optional<int> separated(char separator) {
    if (!rest_.starts_with(separator)) return std::nullopt;
    rest_.remove_prefix(1);
    return number(1, 2);
  }

  std::string_view rest_;
};

// "2006-01-02T15:04:05Z" as Go prints a time: "2006-01-02 15:04:05 +0000 UTC".
std::string shown_time(std::string time) {
  time[10] = ' ';
  if (time.ends_with('Z')) return time.substr(0, time.size() - 1) + " +0000 UTC";
  std::string zone = time.substr(time.size() - 6);
  zone.erase(3, 1);
  return time.substr(0, time.size() - 6) + ' ' + zone + ' ' + zone;
}

}  // namespace

Scalar read_scalar(const Node& node) {
  Scalar scalar;
  const std::string_view text = node.text;
  if (!node.plain || node.tag == Tag::string || text.empty()) return scalar;
  if (text == "true" || text == "True" || text == "TRUE") {
    return {ScalarType::boolean, 0, 0, true, {}};
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return {ScalarType::boolean, 0, 0, false, {}};
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return {ScalarType::real, 0, std::numeric_limits<double>::quiet_NaN(), false, {}};
  }
  if (!is_digit(text[0]) && text[0] != '+' && text[0] != '-' && text[0] != '.') return scalar;
  if (is_digit(text[0])) {
    if (auto time = TimeReader(text).run()) {
      return {ScalarType::time, 0, 0, false, std::move(*time)};
    }
  }
  const std::string figures = without_underscores(text);
  if (const auto whole = parse_whole(figures)) {
    return {ScalarType::integer, *whole, static_cast<double>(*whole), false, {}};
  }
  if (const auto real = parse_real(figures)) return {ScalarType::real, 0, *real, false, {}};
  return scalar;
}

std::optional<std::uint64_t> read_unsigned(const Node& node) {
  std::uint64_t value = 0;
  const std::string& text = node.text;
  const char* end = text.data() + text.size();
  if (!node.plain || node.tag == Tag::string || text.starts_with('0')) return std::nullopt;
  const auto result = std::from_chars(text.data(), end, value);
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (result.ec != std::errc() || result.ptr != end || value <= most) return std::nullopt;
  return value;
}

std::string plain_text(const Node& node) {
  Scalar scalar = read_scalar(node);
  switch (scalar.type) {
    case ScalarType::text:
      return node.text;
    case ScalarType::integer:
      return std::to_string(scalar.integer);
    case ScalarType::real:
      if (read_unsigned(node)) return node.text;
      return format_real(scalar.real);
    case ScalarType::boolean:
      return scalar.boolean ? "true" : "false";
    case ScalarType::time:
      return shown_time(std::move(scalar.time));
  }
  return node.text;
}

std::string format_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  const double size = std::fabs(value);
  const bool scientific = size != 0 && (size < 1e-4 || size >= 1e6);
  char buffer[64];
  const auto result =
      std::to_chars(buffer, buffer + sizeof buffer, value,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  return {buffer, result.ptr};
}

}  // namespace consort::config
