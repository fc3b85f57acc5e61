#pragma once

#include <string>
#include <string_view>

namespace consort::ssh {

// ssh_config(5), PATTERNS: `*` is any number of characters, `?` exactly one. Linear in the text for
// each `*`. Both in the same case.
bool matches_pattern(std::string_view text, std::string_view pattern);

// A pattern list as OpenSSH judges it, `patterns` any range of text: one that is negated (`!`) and
// matches refuses the whole list.
template <typename Patterns>
bool matches_list(std::string_view text, const Patterns& patterns) {
  bool matched = false;
  for (std::string_view pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (!matches_pattern(text, pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

// ASCII only, as host names are.
std::string lower(std::string_view text);

}  // namespace consort::ssh
