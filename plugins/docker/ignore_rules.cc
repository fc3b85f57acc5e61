#include "plugins/docker/ignore_rules.h"

#include <algorithm>

namespace consort::docker {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// As Go's filepath.Clean, relative to the context's root.
std::string cleaned(std::string_view pattern) {
  std::vector<std::string_view> parts;
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    const auto part = pattern.substr(0, slash);
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
      continue;
    }
    parts.push_back(part);
  }
  std::string text;
  for (const auto part : parts) text += (text.empty() ? "" : "/") + std::string(part);
  return text;
}

bool matches_class(std::string_view& pattern, char c) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    found = found || (low <= c && c <= high);
  }
  pattern.remove_prefix(std::min(i + 1, pattern.size()));
  return found != negated;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    if (pattern.starts_with("**")) {
      auto rest = pattern.substr(2);
      if (rest.empty()) return true;
      if (rest.front() == '/') rest.remove_prefix(1);  // "**/x" is "x" too
      for (std::size_t i = 0; i <= path.size(); ++i) {
        if ((i == 0 || path[i - 1] == '/' || pattern.substr(2).front() != '/') &&
            matches_glob(rest, path.substr(i))) {
          return true;
        }
      }
      return false;
    }
    if (pattern.front() == '*') {
      for (std::size_t i = 0;; ++i) {
        if (matches_glob(pattern.substr(1), path.substr(i))) return true;
        if (i == path.size() || path[i] == '/') return false;
      }
    }
    if (path.empty()) return false;
    const char c = path.front();
    if (pattern.front() == '[') {
      if (c == '/' || !matches_class(pattern, c)) return false;
    } else if (pattern.front() == '?') {
      if (c == '/') return false;
      pattern.remove_prefix(1);
    } else {
      if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      if (pattern.front() != c) return false;
      pattern.remove_prefix(1);
    }
    path.remove_prefix(1);
  }
  return path.empty();
}

IgnoreRules::IgnoreRules(std::string_view file) {
  if (file.starts_with("\xef\xbb\xbf")) file.remove_prefix(3);
  while (!file.empty()) {
    const std::size_t newline = std::min(file.find('\n'), file.size());
    auto line = file.substr(0, newline);
    file.remove_prefix(std::min(newline + 1, file.size()));
    if (line.starts_with('#')) continue;
    line = trimmed(line);
    const bool exception = line.starts_with('!');
    if (exception) line = trimmed(line.substr(1));
    std::string pattern = cleaned(line);
    if (!pattern.empty()) rules_.push_back({std::move(pattern), exception});
  }
}

bool IgnoreRules::ignored(std::string_view path) const {
  bool out = false;
  for (const Rule& rule : rules_) {
    if (rule.exception != out) continue;  // it would change nothing
    bool matches = matches_glob(rule.pattern, path);
    for (std::size_t slash = path.find('/'); !matches && slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      matches = matches_glob(rule.pattern, path.substr(0, slash));
    }
    if (matches) out = !rule.exception;
  }
  return out;
}

bool IgnoreRules::ignored_whole(std::string_view folder) const {
  if (!ignored(folder)) return false;
  const std::string below = std::string(folder) + "/";
  return std::none_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.exception && (rule.pattern.starts_with(below) ||
                              rule.pattern.find_first_of("*?[") != std::string::npos);
  });
}

}  // namespace consort::docker
