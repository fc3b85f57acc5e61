#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace consort::ssh {

// What the tokens of ssh_config(5) stand for: {'h', "server.example"}, ...; "%%" is always "%".
using Tokens = std::map<char, std::string>;

// `text` with its tokens replaced. Throws std::invalid_argument that names one that is not there.
std::string expand_tokens(std::string_view text, const Tokens& tokens);

// A path: `~`, then ${NAME} (an unset one is an error, as in ssh), then tokens. Throws
// std::invalid_argument, also if what comes out is not absolute.
std::string expand_path(std::string_view text, const std::string& home, const Tokens& tokens,
                        const std::function<std::string(const std::string&)>& environment);

}  // namespace consort::ssh
