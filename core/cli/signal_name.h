#pragma once

#include <csignal>
#include <string>

#include <string.h>

#include "core/base/result.h"

namespace consort::cli {

// "SIGTERM" for "SIGTERM", "term", "15"; `invalid` for anything else.
inline base::Result<std::string> signal_name(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (text.starts_with("SIG")) text.erase(0, 3);
  for (int number = 1; number < NSIG; ++number) {
    const char* const name = ::sigabbrev_np(number);
    if (name != nullptr && (text == name || text == std::to_string(number))) {
      return "SIG" + std::string(name);
    }
  }
  return base::Error(base::ErrorKind::invalid, "no signal is called \"" + text + "\"");
}

}  // namespace consort::cli
