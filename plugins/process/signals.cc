#include "plugins/process/signals.h"

#include <csignal>
#include <cstring>

#include <charconv>

namespace consort::process {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int> signal_number(std::string_view name) {
  if (const auto value = number(name)) {
    return *value > 0 && *value <= SIGRTMAX ? value : std::nullopt;
  }
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name.starts_with("RTMIN+")) {
    const auto offset = number(name.substr(6));
    if (!offset || *offset < 0 || SIGRTMIN + *offset > SIGRTMAX) return std::nullopt;
    return SIGRTMIN + *offset;
  }
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  return std::nullopt;
}

}  // namespace consort::process
