#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consort::config {

// "SIGTERM", "TERM", "15" or "SIGRTMIN+3": what a process of the system can be sent.
bool is_signal(std::string_view text);

// What Docker Engine takes for one, too: "sigterm", "SIGIOT", "SIGRTMAX-1".
bool is_engine_signal(std::string_view text);

inline constexpr std::string_view signal_forms = "SIGTERM, TERM, 15, SIGRTMIN+3";

// Names with SIG and without, for suggestions.
const std::vector<std::string_view>& signal_names();

}  // namespace consort::config
