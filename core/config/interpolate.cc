#include "core/config/interpolate.h"

#include <algorithm>

namespace consort::config {
namespace {

bool is_name_start(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

std::string_view leading_name(std::string_view text) {
  if (text.empty() || !is_name_start(text[0])) return {};
  std::size_t end = 1;
  while (end < text.size() && is_name(text[end])) ++end;
  return text.substr(0, end);
}

// The position of the brace that closes the one before `from`, or npos.
std::size_t closing_brace(std::string_view text, std::size_t from) {
  int depth = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

base::Error invalid(std::string_view text) {
  return base::Error(base::ErrorKind::invalid,
                     "invalid template " + quote(text) +
                         " (accepted: $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}, "
                         "${NAME:+other}, $$ for a dollar sign)");
}

class Interpolation {
 public:
  Interpolation(const Lookup& lookup, Unset& unset) : lookup_(lookup), unset_(unset) {}

  base::Result<std::string> run(std::string_view text, int depth = 0) {
    if (depth > 50) return invalid(text);
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t dollar = text.find('$', i);
      result.append(text.substr(i, dollar - i));
      if (dollar == std::string_view::npos) break;
      i = dollar + 1;
      const char next = i < text.size() ? text[i] : '\0';
      if (next == '$') {
        result += '$';
        ++i;
      } else if (next == '{') {
        const std::size_t end = closing_brace(text, i + 1);
        if (end == std::string_view::npos) return invalid(text.substr(dollar));
        auto value = braced(text.substr(i + 1, end - i - 1), depth);
        if (!value) return value.error();
        result += *value;
        i = end + 1;
      } else if (const auto name = leading_name(text.substr(i)); !name.empty()) {
        result += plain(name);
        i += name.size();
      } else {
        result += '$';
      }
    }
    return result;
  }

 private:
  std::string plain(std::string_view name) {
    if (auto value = lookup_(name)) return *value;
    unset_.emplace(name);
    return {};
  }

  base::Result<std::string> braced(std::string_view body, int depth) {
    const auto name = leading_name(body);
    if (name.empty()) return invalid("${" + std::string(body) + "}");
    std::string_view rest = body.substr(name.size());
    if (rest.empty()) return plain(name);

    const bool or_empty = rest[0] == ':';
    if (or_empty) rest.remove_prefix(1);
    const char op = rest.empty() ? '\0' : rest[0];
    if (op != '-' && op != '?' && op != '+') return invalid("${" + std::string(body) + "}");
    rest.remove_prefix(1);

    const auto value = lookup_(name);
    const bool present = value && !(or_empty && value->empty());
    if (op == '+') return present ? run(rest, depth + 1) : base::Result<std::string>("");
    if (present) return *value;
    auto other = run(rest, depth + 1);
    if (!other || op == '-') return other;
    std::string text = "required variable " + std::string(name) + " is missing a value";
    if (!other->empty()) text += ": " + *other;
    return base::Error(base::ErrorKind::invalid, std::move(text));
  }

  const Lookup& lookup_;
  Unset& unset_;
};

}  // namespace

base::Result<std::string> interpolate(std::string_view text, const Lookup& lookup, Unset& unset) {
  return Interpolation(lookup, unset).run(text);
}

void interpolate_values(Node& node, const Path& path, const Lookup& lookup, Unset& warned,
                        Diagnostics& out) {
  switch (node.kind) {
    case Kind::null:
      return;
    case Kind::map:
      for (auto& entry : node.entries) {
        interpolate_values(entry.value, Path(path, entry.key), lookup, warned, out);
      }
      return;
    case Kind::sequence:
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        interpolate_values(node.items[i], Path(path, i), lookup, warned, out);
      }
      return;
    case Kind::scalar:
      break;
  }
  if (node.text.find('$') == std::string::npos) return;
  Unset unset;
  auto value = interpolate(node.text, lookup, unset);
  if (!value) {
    out.error(node.where,
              "cannot interpolate " + path.to_string() + ": " + value.error().message());
    node.broken = true;
    return;
  }
  for (const auto& name : unset) {
    if (warned.insert(name).second) {
      out.warn(node.where, "the variable " + quote(name) + " is not set: it counts as empty");
    }
  }
  node.text = std::move(*value);
  node.plain = false;
}

}  // namespace consort::config
