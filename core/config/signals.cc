#include "core/config/signals.h"

#include <string.h>
#include <csignal>

#include <algorithm>

#include "core/config/read.h"

namespace consort::config {
namespace {

std::string_view without_prefix(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  return text;
}

bool is_in(std::string_view number, int low, int high) {
  const bool digits = !number.empty() && number.find_first_not_of("0123456789") == number.npos;
  const auto value = digits ? parse_integer(number) : std::nullopt;
  return value && *value >= low && *value <= high;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* const name = ::sigabbrev_np(signal);
    if (name == nullptr) continue;
    names.emplace_back(name);
    names.push_back("SIG" + names.back());
  }
  return names;
}

}  // namespace

const std::vector<std::string_view>& signal_names() {
  static const std::vector<std::string> names = all_names();
  static const std::vector<std::string_view> views(names.begin(), names.end());
  return views;
}

bool is_signal(std::string_view text) {
  if (is_in(text, 1, SIGRTMAX)) return true;
  const std::string_view name = without_prefix(text);
  if (name.starts_with("RTMIN+")) return is_in(name.substr(6), 0, SIGRTMAX - SIGRTMIN);
  const auto& names = signal_names();
  return std::find(names.begin(), names.end(), text) != names.end();
}

bool is_engine_signal(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  static constexpr std::string_view others[] = {"CLD", "IO", "IOT", "RTMIN", "RTMAX"};
  const std::string_view name = without_prefix(upper);
  if (name.starts_with("RTMAX-")) return is_in(name.substr(6), 0, SIGRTMAX - SIGRTMIN);
  return is_signal(upper) ||
         std::find(std::begin(others), std::end(others), name) != std::end(others);
}

}  // namespace consort::config
