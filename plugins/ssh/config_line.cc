#include "plugins/ssh/config_line.h"

#include <stdexcept>

#include "plugins/ssh/patterns.h"

namespace consort::ssh {
namespace {

constexpr std::string_view blank = " \t\r\f";

bool is_blank(char c) { return blank.find(c) != std::string_view::npos; }

void skip_blanks(std::string_view& rest) {
  const auto next = rest.find_first_not_of(blank);
  rest.remove_prefix(next == std::string_view::npos ? rest.size() : next);
}

// The word that `rest` begins with; what follows it stays.
std::string take_word(std::string_view& rest) {
  std::string word;
  char quote = 0;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    const char c = rest[0];
    const char next = rest.size() > 1 ? rest[1] : '\0';
    if (c == '\\' && (next == '"' || next == '\'' || next == '\\' || (quote == 0 && next == ' '))) {
      word += next;
      rest.remove_prefix(1);
    } else if (quote == 0 && is_blank(c)) {
      break;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (quote != 0) throw std::invalid_argument("a quote is not closed");
  return word;
}

}  // namespace

std::vector<std::string> split_config_line(std::string_view line) {
  skip_blanks(line);
  if (line.empty() || line[0] == '#') return {};
  const auto end = line.find_first_of(" \t\r\f=");
  std::vector<std::string> words = {lower(line.substr(0, end))};
  line.remove_prefix(words[0].size());
  skip_blanks(line);
  if (line.starts_with('=')) {
    line.remove_prefix(1);
    skip_blanks(line);
  }
  while (!line.empty() && line[0] != '#') {
    words.push_back(take_word(line));
    skip_blanks(line);
  }
  return words;
}

}  // namespace consort::ssh
