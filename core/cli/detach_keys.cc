#include "core/cli/detach_keys.h"

#include "core/base/text.h"

namespace consort::cli {

base::Result<DetachKeys> DetachKeys::parse(std::string_view text) {
  constexpr std::string_view with_ctrl = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
  constexpr std::string_view ctrl = "ctrl-";
  std::string keys;
  for (const std::string_view key : base::split(text, ',')) {
    const std::size_t code = key.size() == ctrl.size() + 1 && key.starts_with(ctrl)
                                 ? with_ctrl.find(key.back())
                                 : std::string_view::npos;
    if (code != std::string_view::npos) {
      keys += static_cast<char>(code);
    } else if (key.size() == 1) {
      keys += key;
    } else {
      return base::Error(base::ErrorKind::invalid,
                         "\"" + std::string(key) +
                             "\" is no key: write a character, or ctrl- and a letter or one of "
                             "@[\\]^_, separated by commas");
    }
  }
  return DetachKeys(std::move(keys));
}

std::string DetachKeys::pass(std::string_view bytes) {
  std::string passed;
  for (const char byte : bytes) {
    if (pressed()) break;
    held_ += byte;
    while (!keys_.starts_with(held_)) {
      passed += held_.front();
      held_.erase(0, 1);
    }
  }
  return passed;
}

}  // namespace consort::cli
