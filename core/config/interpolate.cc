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

// Where the text "${NAME<operator>..." ends, behind its brace; npos: nowhere. Compose takes all up
// to the last brace of the line, and of that what is balanced; the character behind an opening
// brace is passed over, whatever it is.
std::size_t braced_end(std::string_view text) {
  std::size_t last = std::string_view::npos;
  int open = 0;
  bool passed_over = false;
  for (std::size_t i = 0; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '}') last = i;
    if (passed_over) {
      passed_over = false;
    } else if (text[i] == '{') {
      ++open;
      passed_over = true;
    } else if (text[i] == '}' && --open == 0) {
      break;
    }
  }
  return last == std::string_view::npos ? last : last + 1;
}

base::Error invalid(std::string_view text) {
  return base::Error(base::ErrorKind::invalid,
                     "invalid template " + quote(text) +
                         " (accepted: $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}, "
                         "${NAME:+other}, $$ for a dollar sign)");
}

class Interpolation {
 public:
  Interpolation(const Lookup& lookup, Unset& unset, std::vector<VariableUse>* uses)
      : lookup_(lookup), unset_(unset), uses_(uses) {}

  base::Result<std::string> run(std::string_view text, int depth = 0) {
    if (depth > 50) return invalid(text);
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t dollar = text.find('$', i);
      result.append(text.substr(i, dollar - i));
      if (result.size() > largest_value) return too_large();
      if (dollar == std::string_view::npos) break;
      i = dollar + 1;
      const char next = i < text.size() ? text[i] : '\0';
      if (next == '$') {
        result += '$';
        ++i;
      } else if (next == '{') {
        std::string_view rest = text.substr(dollar);
        auto value = braced(rest, depth);
        if (!value) return value.error();
        result += *value;
        i = text.size() - rest.size();
      } else if (const auto name = leading_name(text.substr(i)); !name.empty()) {
        result += plain(name);
        i += name.size();
      } else {
        result += '$';
      }
    }
    if (result.size() > largest_value) return too_large();
    return result;
  }

 private:
  static base::Error too_large() {
    return base::Error(base::ErrorKind::invalid, "with its variables it is larger than " +
                                                     std::to_string(largest_value) + " bytes");
  }

  std::string plain(std::string_view name) {
    auto value = lookup_(name);
    if (uses_) uses_->push_back({std::string(name), value, {}, {}, false});
    if (value) return std::move(*value);
    unset_.emplace(name);
    return {};
  }

  // `text` starts with "${" and is moved behind what was read.
  base::Result<std::string> braced(std::string_view& text, int depth) {
    const auto name = leading_name(text.substr(2));
    std::string_view rest = text.substr(2 + name.size());
    if (name.empty()) return invalid(text);
    if (rest.starts_with('}')) {
      text = rest.substr(1);
      return plain(name);
    }
    const bool or_empty = rest.starts_with(':');
    if (or_empty) rest.remove_prefix(1);
    const char op = rest.empty() ? '\0' : rest[0];
    if (op != '-' && op != '?' && op != '+') return invalid(text);
    const std::size_t end = braced_end(text);
    if (end == std::string_view::npos) return invalid(text);
    const std::size_t start = static_cast<std::size_t>(rest.data() - text.data()) + 1;
    if (end <= start) return invalid(text);
    const std::string_view argument = text.substr(start, end - 1 - start);
    text.remove_prefix(end);
    return choose(name, op, or_empty, argument, depth);
  }

  base::Result<std::string> choose(std::string_view name, char op, bool or_empty,
                                   std::string_view argument, int depth) {
    using Operator = VariableUse::Operator;
    auto value = lookup_(name);
    const bool present = value && !(or_empty && value->empty());
    if (uses_) {
      const Operator kind = op == '-'   ? Operator::standard
                            : op == '?' ? Operator::required
                                        : Operator::alternative;
      uses_->push_back(
          {std::string(name), value, kind, std::string(argument), op == '+' ? present : !present});
    }
    // Also where it is not taken: what is wrong in it is wrong.
    auto other = run(argument, depth + 1);
    if (!other) return other;
    if (op == '+') return present ? other : base::Result<std::string>(value.value_or(""));
    if (present) return std::move(*value);
    if (op == '-') return other;
    std::string text = "required variable " + std::string(name) + " is missing a value";
    if (!other->empty()) text += ": " + *other;
    return base::Error(base::ErrorKind::invalid, std::move(text));
  }

  const Lookup& lookup_;
  Unset& unset_;
  std::vector<VariableUse>* uses_;
};

}  // namespace

base::Result<std::string> interpolate(std::string_view text, const Lookup& lookup, Unset& unset,
                                      std::vector<VariableUse>* uses) {
  return Interpolation(lookup, unset, uses).run(text);
}

void interpolate_values(Node& node, const Path& path, const Lookup& lookup, Interpolated& before,
                        Diagnostics& out, const UseListener* listener) {
  switch (node.kind) {
    case Kind::null:
      return;
    case Kind::map:
      for (auto& entry : node.entries) {
        interpolate_values(entry.value, Path(path, entry.key), lookup, before, out, listener);
      }
      return;
    case Kind::sequence:
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        interpolate_values(node.items[i], Path(path, i), lookup, before, out, listener);
      }
      return;
    case Kind::scalar:
      break;
  }
  if (node.text.find('$') == std::string::npos) return;
  if (before.bytes > largest_values) {
    node.broken = true;
    return;
  }
  Unset unset;
  std::vector<VariableUse> uses;
  auto value = interpolate(node.text, lookup, unset, listener ? &uses : nullptr);
  if (!value) {
    out.error(node.where,
              "cannot interpolate " + path.to_string() + ": " + value.error().message());
    node.broken = true;
    return;
  }
  if (listener) (*listener)(node.where, std::move(uses));
  for (const auto& name : unset) {
    if (before.warned.insert(name).second) {
      out.warn(node.where, "the variable " + quote(name) + " is not set: it counts as empty");
    }
  }
  before.bytes += value->size();
  if (before.bytes > largest_values) {
    out.error(node.where, "cannot interpolate " + path.to_string() +
                              ": all values together become " + "larger than " +
                              std::to_string(largest_values) + " bytes");
    node.broken = true;
    return;
  }
  node.text = std::move(*value);
  node.made_plain = node.plain;
  node.plain = false;
}

}  // namespace consort::config
