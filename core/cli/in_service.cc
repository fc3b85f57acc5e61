#include "core/cli/in_service.h"

#include <unistd.h>

#include <cstdlib>

namespace consort::cli {

bool wants_tty(const Arguments& arguments) {
  return !arguments.flag("no-TTY") && ::isatty(0) == 1 && ::isatty(1) == 1;
}

std::vector<std::string> environment_option(const Arguments& arguments) {
  std::vector<std::string> environment;
  for (std::string& text : arguments.values("env")) {
    if (text.find('=') == std::string::npos) {
      const char* const value = std::getenv(text.c_str());
      if (value == nullptr) continue;
      text += '=';
      text += value;
    }
    environment.push_back(std::move(text));
  }
  return environment;
}

}  // namespace consort::cli
