#include "core/config/yaml_faults.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace consort::config {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// Where the mark points to.
std::size_t offset_of(std::string_view text, const Mark& mark) {
  const std::string_view line = line_of(text, mark.line);
  if (line.empty()) return text.size();
  std::size_t at = 0;
  for (int column = 0; at < line.size(); ++at) {
    if (base::begins_character(line[at]) && ++column >= mark.column) break;
  }
  return static_cast<std::size_t>(line.data() - text.data()) + at;
}

Mark mark_of(std::string_view text, std::size_t offset, const std::string* file) {
  const std::string_view before = text.substr(0, offset);
  const auto start = before.rfind('\n') == npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(base::characters(before.substr(start))) + 1};
}

// Behind the quote that closes the one at `at`; npos: there is none.
std::size_t closed_at(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 == text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return npos;
}

// Past tags, anchors, blanks and comments.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text[at] == '!' || text[at] == '&') {
      at = std::min(text.size(), text.find_first_of(" \t\r\n", at));
    } else if (text[at] == '#') {
      at = std::min(text.size(), text.find('\n', at));
    } else {
      break;
    }
  }
  return at;
}

// The first quote from `at` on that opens a text and is never closed.
std::size_t unclosed_from(std::string_view text, std::size_t at) {
  const auto opens = [&](std::size_t i) {
    return i == 0 || is_blank(text[i - 1]) || text[i - 1] == '[' || text[i - 1] == '{' ||
           text[i - 1] == ',';
  };
  while ((at = text.find_first_of("\"'#", at)) != npos) {
    if (!opens(at)) {
      ++at;
    } else if (text[at] == '#') {
      at = std::min(text.size(), text.find('\n', at));
    } else if (const auto end = closed_at(text, at); end == npos) {
      return at;
    } else {
      at = end;
    }
  }
  return npos;
}

YamlFault unclosed(std::string_view text, std::size_t at, const std::string* file) {
  return {mark_of(text, at, file), std::string("the quote ") + text[at] + " is not closed"};
}

std::string place(const Mark& mark) {
  return "line " + std::to_string(mark.line) + ", column " + std::to_string(mark.column);
}

}  // namespace

YamlFault explain_yaml_fault(std::string_view text, const YamlProgress& progress, const Mark& where,
                             const std::string& message) {
  text = base::without_bom(text);
  const std::string_view line = line_of(text, where.line);
  const auto indentation = std::min(line.find_first_not_of(" \t"), line.size());
  if (const auto tab = line.substr(0, indentation).find('\t'); tab != npos) {
    return {{where.file, where.line, static_cast<int>(tab) + 1},
            "a tab cannot indent a line (use spaces)"};
  }
  if (auto quote = find_unclosed_quote(text, progress)) return std::move(*quote);
  if (message == "illegal EOF in scalar") {
    const auto from = progress.scalar.line ? offset_of(text, progress.scalar) : 0;
    const auto at = unclosed_from(text, from);
    if (at != npos) return unclosed(text, at, where.file);
  }
  if (message == "end of sequence flow not found" && progress.sequence.line) {
    return {where, "the [ of " + place(progress.sequence) + " is not closed"};
  }
  if (message == "end of map flow not found" && progress.map.line) {
    return {where, "the { of " + place(progress.map) + " is not closed"};
  }
  const bool map = message == "end of map not found";
  const Mark& open = map ? progress.map : progress.sequence;
  if ((map || message == "end of sequence not found") && open.line) {
    if (static_cast<std::size_t>(where.column) > indentation + 1 && progress.scalar.line) {
      return {where, "there is more behind the value that begins in " + place(progress.scalar) +
                         (progress.quoted ? " (is it closed where it should be?)" : "")};
    }
    return {where, "the line is indented like none above that it could belong to (the " +
                       std::string(map ? "map" : "list") + " around it begins in " + place(open) +
                       ")"};
  }
  if (message == "illegal map value") {
    return {where,
            "a \":\" is not expected here (put a text that has one in quotes; a key is "
            "indented like the keys beside it)"};
  }
  if (message == "unknown token") return {where, "no value can begin so (put it in quotes)"};
  return {where, message};
}

std::optional<YamlFault> find_unclosed_quote(std::string_view text, const YamlProgress& progress) {
  if (!progress.quoted) return std::nullopt;
  text = base::without_bom(text);
  const auto at = skip_properties(text, offset_of(text, progress.scalar));
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return std::nullopt;
  if (closed_at(text, at) != npos) return std::nullopt;
  return unclosed(text, at, progress.scalar.file);
}

}  // namespace consort::config
