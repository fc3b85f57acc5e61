#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consort::ssh {

// The words of a line of ssh_config(5): the keyword in lower case, then its values; empty for a
// comment or an empty line. Words are quoted by " or ', a backslash keeps a quote, a backslash or
// (outside quotes) a blank; "KEYWORD=VALUE" is "KEYWORD VALUE"; `#` begins a comment where a word
// may begin. Throws std::invalid_argument with what is wrong.
std::vector<std::string> split_config_line(std::string_view line);

}  // namespace consort::ssh
