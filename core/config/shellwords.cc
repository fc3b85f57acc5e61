#include "core/config/shellwords.h"

#include <algorithm>

namespace consort::config {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

char escaped_char(char c) { return c == 't' ? '\t' : c == 'n' ? '\n' : c; }

base::Error unfinished(const char* what) {
  return base::Error(base::ErrorKind::invalid, std::string(what) + " is not closed");
}

}  // namespace

base::Result<Words> split_words(std::string_view text) {
  Words result;
  std::string word;
  bool have_word = false;
  bool single = false, dbl = false, back = false, dollar = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool quoted = single || dbl || back || dollar;
    if (c == '\\' && !single) {
      if (++i == text.size()) return unfinished("a backslash at the end");
      if (back || dollar) {
        word.append({'\\', text[i]});
      } else {
        word += escaped_char(text[i]);
      }
      have_word = true;
      continue;
    }
    if (is_space(c) && !quoted) {
      if (have_word) result.words.push_back(std::move(word));
      word.clear();
      have_word = false;
      continue;
    }
    if (c == '"' && !single && !dollar && !back) {
      dbl = !dbl;
      have_word = true;
      continue;
    }
    if (c == '\'' && !dbl && !dollar && !back) {
      single = !single;
      have_word = true;
      continue;
    }
    if (c == '`' && !single && !dbl && !dollar) back = !back;
    if (c == '(' && !single && !dbl && !back) {
      if (dollar || !word.ends_with('$')) {
        return base::Error(base::ErrorKind::invalid,
                           "\"(\" must be quoted (no shell reads the command)");
      }
      dollar = true;
    } else if (c == ')' && !single && !dbl && !back) {
      if (!dollar) {
        return base::Error(base::ErrorKind::invalid,
                           "\")\" must be quoted (no shell reads the command)");
      }
      dollar = false;
    } else if (!quoted && std::string_view(";&|<>").find(c) != std::string_view::npos) {
      const bool descriptor = c == '>' && std::all_of(word.begin(), word.end(),
                                                      [](char d) { return d >= '0' && d <= '9'; });
      if (descriptor) have_word = false;
      result.ended_at = i;
      break;
    }
    word += c;
    have_word = true;
  }
  if (single) return unfinished("a single quote");
  if (dbl) return unfinished("a double quote");
  if (back) return unfinished("a backquote");
  if (dollar) return unfinished("\"$(\"");
  if (have_word) result.words.push_back(std::move(word));
  return result;
}

}  // namespace consort::config
