#pragma once

#include <optional>
#include <string_view>

namespace consort::process {

// The number of a signal given as "SIGHUP", "HUP", "1" or "SIGRTMIN+3"; none for anything else.
std::optional<int> signal_number(std::string_view name);

}  // namespace consort::process
