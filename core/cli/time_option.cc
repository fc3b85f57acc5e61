#include "core/cli/time_option.h"

#include <charconv>
#include <cmath>

#include "core/model/json.h"

namespace consort::cli {
namespace {

std::optional<model::WallTime> epoch_seconds(std::string_view text) {
  double seconds = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 9e9) return std::nullopt;
  return model::WallTime(std::chrono::nanoseconds(std::llround(seconds * 1e9)));
}

}  // namespace

std::optional<model::WallTime> parse_time_option(std::string_view text, model::WallTime now) {
  if (const auto time = model::parse_time(text)) return time;
  if (text.size() == 10) {
    if (const auto day = model::parse_time(std::string(text) + "T00:00:00Z")) return day;
  }
  if (const auto time = epoch_seconds(text)) return time;
  if (const auto ago = model::parse_duration(text)) return now - *ago;
  return std::nullopt;
}

base::Result<std::optional<model::WallTime>> time_option(const Arguments& arguments,
                                                         std::string_view name) {
  const auto text = arguments.value(name);
  if (!text) return std::optional<model::WallTime>{};
  const auto time = parse_time_option(*text, base::system_clock().wall());
  if (time) return std::optional<model::WallTime>(time);
  return base::Error(base::ErrorKind::invalid,
                     "--" + std::string(name) + " cannot be \"" + *text +
                         "\": give a time (2026-01-02T03:04:05Z) or how long ago (10m)");
}

}  // namespace consort::cli
