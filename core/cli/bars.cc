#include "core/cli/bars.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/cli/terminal.h"

namespace consort::cli {
namespace {

constexpr std::size_t longest_bar = 30, shortest_bar = 10;

// "web: WHAT 40 %".
std::optional<std::pair<std::string_view, int>> split_percent(std::string_view message) {
  if (!message.ends_with(" %")) return std::nullopt;
  message.remove_suffix(2);
  const auto space = message.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  int percent = 0;
  const char* const end = message.data() + message.size();
  const auto read = std::from_chars(message.data() + space + 1, end, percent);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  message = message.substr(0, space);
  if (message.find(": ") == std::string_view::npos) return std::nullopt;
  return std::pair(message, std::clamp(percent, 0, 100));
}

// "web: " of "web: pulling app:1".
std::string_view service_of(std::string_view message) {
  const auto colon = message.find(": ");
  return colon == std::string_view::npos ? message : message.substr(0, colon + 2);
}

}  // namespace

bool Bars::take(std::string_view message) {
  const auto progress = split_percent(message);
  if (!progress) {
    const std::string service = harmless(service_of(message));
    std::erase_if(bars_, [&](const Bar& bar) { return service_of(bar.what) == service; });
    return false;
  }
  const std::string what = harmless(progress->first);
  const int percent = progress->second;
  const auto bar = std::ranges::find(bars_, what, &Bar::what);
  if (bar == bars_.end()) {
    bars_.push_back({what, percent});
  } else {
    bar->percent = percent;
  }
  return true;
}

std::vector<std::string> Bars::lines(std::size_t width) const {
  constexpr std::size_t percent_width = 6, brackets_width = 3;  // " 100 %", " [" and "]"
  std::size_t what_width = 0;
  for (const auto& bar : bars_) what_width = std::max(what_width, visible_width(bar.what));
  const std::size_t room = width - std::min(width, percent_width);
  what_width = std::min(what_width, room);
  const std::size_t left = room - what_width;
  const std::size_t length = std::min(longest_bar, left - std::min(left, brackets_width));
  std::vector<std::string> lines;
  for (const auto& bar : bars_) {
    std::string line = fit(bar.what, what_width);
    line.append(what_width - visible_width(line), ' ');
    if (length >= shortest_bar) {
      const std::size_t done = length * static_cast<std::size_t>(bar.percent) / 100;
      line += " [" + std::string(done, '=') + std::string(length - done, ' ') + "]";
    }
    const std::string percent = std::to_string(bar.percent);
    line += std::string(4 - percent.size(), ' ') + percent + " %";
    lines.push_back(fit(line, width));
  }
  return lines;
}

}  // namespace consort::cli
