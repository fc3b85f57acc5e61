#include "core/config/dotenv.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "core/base/utf8.h"

namespace consort::config {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

bool is_key_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '.' || c == '-' || c == '[' || c == ']';
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// \0 and up to three digits: the character of that octal number, else the digits behind a
// backslash.
std::string octal_escape(std::string_view digits) {
  const auto end = digits.substr(0, 3).find_first_not_of("0123456789");
  digits = digits.substr(0, std::min<std::size_t>(end, 3));
  unsigned code = 256;
  if (digits.size() == 3) std::from_chars(digits.data(), digits.data() + 3, code, 8);
  if (digits.size() != 3 || code > 255 || digits.find_first_of("89") != std::string_view::npos) {
    return '\\' + std::string(digits);
  }
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

// The escapes of double quotes; `\$` becomes `$$`, which interpolation makes a dollar sign.
std::string expand_escapes(std::string_view text) {
  static constexpr std::string_view codes = "abfnrtv\\\"";
  static constexpr std::string_view means = "\a\b\f\n\r\t\v\\\"";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
    } else if (const char next = text[++i]; next == '$') {
      result += "$$";
    } else if (next == '0') {
      const std::string_view rest = text.substr(i + 1);
      result += octal_escape(rest);
      i += std::min({rest.find_first_not_of("0123456789"), rest.size(), std::size_t{3}});
    } else if (const auto code = codes.find(next); code != std::string_view::npos) {
      result += means[code];
    } else {
      result.append({'\\', next});
    }
  }
  return result;
}

class DotenvParser {
 public:
  DotenvParser(std::string_view text, const std::string& file, const Lookup& outer,
               Diagnostics& out)
      : text_(base::without_bom(text)), file_(file), outer_(outer), out_(out) {}

  std::vector<EnvLine> run() {
    while (skip_to_statement()) statement();
    return std::move(lines_);
  }

 private:
  bool more() const { return at_ < text_.size(); }
  char peek() const { return text_[at_]; }
  void advance() {
    if (text_[at_++] == '\n') ++line_;
  }
  void skip_blanks() {
    while (more() && is_blank(peek())) advance();
  }
  void skip_line() {
    while (more() && peek() != '\n') advance();
  }
  bool skip_to_statement() {
    for (;;) {
      while (more() && (is_blank(peek()) || peek() == '\n')) advance();
      if (!more()) return false;
      if (peek() != '#') return true;
      skip_line();
    }
  }

  void error(int line, std::string cause) {
    out_.error({&file_, line, 1}, "cannot read the environment file: " + std::move(cause));
  }

  void statement() {
    const int line = line_;
    if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() &&
        is_blank(text_[at_ + 6])) {
      at_ += 6;
      skip_blanks();
    }
    const std::size_t start = at_;
    while (more() && is_key_char(peek())) advance();
    const std::string name(text_.substr(start, at_ - start));
    skip_blanks();
    if (name.empty() || (more() && peek() != '=' && peek() != ':' && peek() != '\n')) {
      const std::string found = more() ? quote(text_.substr(at_, 1)) : "the end";
      error(line, "unexpected " + found + " in the name of a variable (accepted: NAME=value)");
      skip_line();
      return;
    }
    if (!more() || peek() == '\n') {
      add(name, outer_(name), line);
      return;
    }
    advance();
    skip_blanks();
    if (more() && (peek() == '"' || peek() == '\'')) {
      quoted(name, line);
    } else {
      unquoted(name, line);
    }
  }

  void unquoted(const std::string& name, int line) {
    const std::size_t start = at_;
    skip_line();
    std::string_view value = text_.substr(start, at_ - start);
    expand(name, trim_end(value.substr(0, value.find(" #"))), line);
  }

  // What follows the quote in the line is a statement of its own.
  void quoted(const std::string& name, int line) {
    const char mark = peek();
    advance();
    std::string value;
    while (more() && peek() != mark) {
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        advance();
        if (peek() != mark) value += '\\';
      }
      value += peek();
      advance();
    }
    if (!more()) {
      error(line, "the quote of " + name + " is not closed");
      return;
    }
    advance();
    if (mark == '\'') {
      add(name, std::move(value), line);
    } else {
      expand(name, expand_escapes(value), line);
    }
  }

  void expand(const std::string& name, std::string_view value, int line) {
    const Lookup lookup = [this](std::string_view wanted) -> std::optional<std::string> {
      if (auto found = outer_(wanted)) return found;
      const auto earlier = last_.find(std::string(wanted));
      return earlier == last_.end() ? std::nullopt : lines_[earlier->second].value;
    };
    Unset unset;
    auto text = interpolate(value, lookup, unset);
    if (!text) {
      error(line, text.error().message());
      return;
    }
    for (const auto& missing : unset) {
      out_.warn({&file_, line, 1},
                "the variable " + quote(missing) + " is not set: it counts as empty");
    }
    add(name, std::move(*text), line);
  }

  void add(std::string name, std::optional<std::string> value, int line) {
    bytes_ += value ? value->size() : 0;
    if (bytes_ > largest_values) {
      error(line,
            "the values together become larger than " + std::to_string(largest_values) + " bytes");
      at_ = text_.size();
      return;
    }
    last_[name] = lines_.size();
    lines_.push_back({std::move(name), std::move(value), line});
  }

  std::string_view text_;
  const std::string& file_;
  const Lookup& outer_;
  Diagnostics& out_;
  std::vector<EnvLine> lines_;
  std::unordered_map<std::string, std::size_t> last_;  // of each name, its last line
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t bytes_ = 0;  // of the values
};

}  // namespace

std::vector<EnvLine> parse_dotenv(std::string_view text, const std::string& file,
                                  const Lookup& outer, Diagnostics& out) {
  return DotenvParser(text, file, outer, out).run();
}

std::vector<EnvLine> parse_raw_env(std::string_view text, const std::string& file,
                                   const Lookup& outer, Diagnostics& out) {
  std::vector<EnvLine> lines;
  text = base::without_bom(text);
  for (int line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    std::string_view row = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    const auto first = row.find_first_not_of(" \t");
    if (first == std::string_view::npos || row[first] == '#') continue;
    row.remove_prefix(first);
    const auto equals = row.find('=');
    const std::string name(row.substr(0, equals));
    if (name.empty() || name.find_first_of(" \t") != std::string::npos) {
      out.error({&file, line, 1}, "cannot read the environment file: " + quote(name) +
                                      " is not the name of a variable");
    } else if (equals == std::string_view::npos) {
      lines.push_back({name, outer(name), line});
    } else {
      lines.push_back({name, std::string(row.substr(equals + 1)), line});
    }
  }
  return lines;
}

}  // namespace consort::config
