#pragma once

#include <string_view>

#include "core/base/error.h"

// The exit codes of the program, as docs/exit-codes.md lists them. `exec`, `run`, `wait` and
// `up --exit-code-from` end with the code of the service instead.
namespace consort::cli {

namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int invalid = 3;
inline constexpr int not_found = 4;
inline constexpr int unavailable = 5;
inline constexpr int denied = 6;
inline constexpr int conflict = 7;
inline constexpr int unsupported = 8;
inline constexpr int timed_out = 124;
inline constexpr int interrupted = 130;
}  // namespace exit_code

int code_for(base::ErrorKind kind);

// What the code means, in a few words; "" for one that is not in the table.
std::string_view meaning(int code);

}  // namespace consort::cli
