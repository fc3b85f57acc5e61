#include "plugins/ssh/expand.h"

#include <stdexcept>

namespace consort::ssh {
namespace {

using std::string_literals::operator""s;

std::string expand_home(std::string_view text, const std::string& home) {
  if (!text.starts_with('~')) return std::string(text);
  if (text != "~" && !text.starts_with("~/")) {
    throw std::invalid_argument("only ~/ is supported, not ~USER");
  }
  if (home.empty()) throw std::invalid_argument("HOME is not set");
  return home + std::string(text.substr(1));
}

std::string expand_variables(std::string_view text,
                             const std::function<std::string(const std::string&)>& environment) {
  std::string out;
  for (std::size_t at = 0;;) {
    const auto open = text.find("${", at);
    out += text.substr(at, open - at);
    if (open == std::string_view::npos) return out;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) throw std::invalid_argument("${ is not closed");
    const std::string name(text.substr(open + 2, close - open - 2));
    const std::string value = environment(name);
    if (value.empty()) throw std::invalid_argument("the variable " + name + " is not set");
    out += value;
    at = close + 1;
  }
}

}  // namespace

std::string expand_tokens(std::string_view text, const Tokens& tokens) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) throw std::invalid_argument("it ends with a single %");
    if (text[i] == '%') {
      out += '%';
      continue;
    }
    const auto token = tokens.find(text[i]);
    if (token == tokens.end()) {
      throw std::invalid_argument("the token %"s + text[i] + " is not supported here");
    }
    out += token->second;
  }
  return out;
}

std::string expand_path(std::string_view text, const std::string& home, const Tokens& tokens,
                        const std::function<std::string(const std::string&)>& environment) {
  std::string path = expand_tokens(expand_variables(expand_home(text, home), environment), tokens);
  if (!path.starts_with('/')) throw std::invalid_argument("the path is not absolute");
  return path;
}

}  // namespace consort::ssh
