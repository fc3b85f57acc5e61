#include "plugins/ssh/exit_file.h"

#include <charconv>
#include <cstring>

#include "plugins/ssh/remote_time.h"

namespace consort::ssh {
namespace {

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Exit parse_exit(std::string_view text) {
  Exit exit;
  int failed = 0;
  std::string_view stage;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, space);
    const std::string_view value = line.substr(space + 1);
    if (key == "code" || key == "signal") {
      exit.known = true;
      (key == "code" ? exit.code : exit.signal) = number(value);
    }
    if (key == "exec_errno") failed = number(value);
    if (key == "exec_stage") stage = value;
    if (key == "leftovers") exit.leftovers = number(value) != 0;
    if (key == "time") exit.at_ns = parse_stamp(value).value_or(0);
  }
  if (failed != 0) {
    exit.cause = "cannot start (" + std::string(stage) + "): " + std::strerror(failed);
  } else if (!exit.known) {
    exit.cause = "its shim was killed before it could see the exit";
  }
  return exit;
}

}  // namespace consort::ssh
