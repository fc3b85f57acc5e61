#include "core/cli/bars.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/cli/terminal.h"

namespace consort::cli {
namespace {

constexpr std::size_t longest_bar = 30, shortest_bar = 10;

// "WHAT 40 %".
std::optional<std::pair<std::string_view, int>> split_percent(std::string_view message) {
  if (!message.ends_with(" %")) return std::nullopt;
  message.remove_suffix(2);
  const auto space = message.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  int percent = 0;
  const char* const end = message.data() + message.size();
  const auto read = std::from_chars(message.data() + space + 1, end, percent);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return std::pair(message.substr(0, space), std::clamp(percent, 0, 100));
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
    std::erase_if(bars_,
                  [&](const Bar& bar) { return service_of(bar.what) == service_of(message); });
    return false;
  }
  const auto& [what, percent] = *progress;
  const auto bar = std::ranges::find(bars_, what, &Bar::what);
  if (bar == bars_.end()) {
    bars_.push_back({std::string(what), percent});
  } else {
    bar->percent = percent;
  }
  return true;
}

std::vector<std::string> Bars::lines(std::size_t width) const {
  std::size_t longest = 0;
  for (const auto& bar : bars_) longest = std::max(longest, bar.what.size());
  constexpr std::size_t around = 9;  // " [", "] " and "100 %"
  const std::size_t room = width > longest + around ? width - longest - around : 0;
  const std::size_t length = std::min(longest_bar, room);
  std::vector<std::string> lines;
  for (const auto& bar : bars_) {
    std::string line = harmless(bar.what);
    line.resize(std::max(line.size(), longest), ' ');
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
