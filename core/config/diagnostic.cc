#include "core/config/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace consort::config {

std::string to_string(const Diagnostic& diagnostic) {
  const std::string where = model::to_string(diagnostic.where);
  return where.empty() ? diagnostic.text : where + ": " + diagnostic.text;
}

void Diagnostics::error(const Mark& where, std::string text) {
  add(to_location(where), Severity::error, std::move(text));
}

void Diagnostics::warn(const Mark& where, std::string text) {
  add(to_location(where), Severity::warning, std::move(text));
}

void Diagnostics::add(model::Location where, Severity severity, std::string text) {
  if (++(severity == Severity::error ? errors_ : warnings_) > most) return;
  all_.push_back({std::move(where), severity, std::move(text)});
}

std::vector<Diagnostic> Diagnostics::take(Severity severity,
                                          const std::vector<std::string>& files) {
  std::vector<Diagnostic> taken;
  for (auto& diagnostic : all_) {
    if (diagnostic.severity == severity) taken.push_back(std::move(diagnostic));
  }
  const auto rank = [&](const Diagnostic& d) {
    const auto file = std::find(files.begin(), files.end(), d.where.file) - files.begin();
    return std::make_tuple(file, d.where.line, d.where.column);
  };
  std::stable_sort(taken.begin(), taken.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const bool errors = severity == Severity::error;
  if (const std::size_t found = errors ? errors_ : warnings_; found > most) {
    taken.push_back(
        {{},
         severity,
         "... and " + std::to_string(found - most) + (errors ? " more errors" : " more warnings")});
  }
  return taken;
}

std::string quote(std::string_view text) {
  static constexpr std::size_t longest = 80;
  std::string quoted = "\"";
  for (const char c : text.substr(0, longest)) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += '?';
    } else {
      quoted += c;
    }
  }
  if (text.size() > longest) quoted += "...";
  return quoted + '"';
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return "no value";
    case Kind::scalar:
      return quote(node.text);
    case Kind::map:
      return "a map";
    case Kind::sequence:
      return "a list";
  }
  return {};
}

}  // namespace consort::config
