#include "core/config/read.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/text.h"

namespace consort::config {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

void wrong_value(const Node& node, const Path& path, std::string_view what,
                 std::string_view accepted, Diagnostics& out) {
  wrong_word(node, path, what, accepted, {}, out);
}

void wrong_word(const Node& node, const Path& path, std::string_view what,
                std::string_view accepted, std::span<const std::string_view> known,
                Diagnostics& out) {
  std::string text = "cannot read " + path.to_string() + ": " + describe(node) + " is not ";
  text.append(what);
  if (!accepted.empty()) text.append(" (accepted: ").append(accepted).append(")");
  if (node.is_scalar() && node.text.size() > 1 &&
      !out.enough()) {  // one letter is near to every other
    // "healthy" for "service_healthy"
    const auto longer = std::find_if(known.begin(), known.end(), [&](std::string_view word) {
      return node.text.size() > 3 && word.ends_with("_" + node.text);
    });
    text += suggestion(longer == known.end() ? std::string_view(node.text) : *longer, known);
  }
  out.error(node.where, std::move(text));
}

std::optional<std::string> read_text(const Node& node, const Path& path, Diagnostics& out) {
  if (node.is_scalar()) return node.text;
  wrong_value(node, path, "a text", {}, out);
  return std::nullopt;
}

std::optional<bool> read_bool(const Node& node, const Path& path, Diagnostics& out) {
  static constexpr std::array<std::string_view, 3> yes = {"y", "yes", "on"};
  static constexpr std::array<std::string_view, 3> no = {"n", "no", "off"};
  if (node.is_scalar()) {
    const std::string word = lower(node.text);
    if (word == "true") return true;
    if (word == "false") return false;
    const bool is_yes = std::find(yes.begin(), yes.end(), word) != yes.end();
    if (is_yes || std::find(no.begin(), no.end(), word) != no.end()) {
      const std::string meant = is_yes ? "true" : "false";
      out.warn(node.where, path.to_string() + ": " + quote(node.text) + " is read as " + meant +
                               "; write " + meant + ", other YAML tools read it as a text");
      return is_yes;
    }
  }
  wrong_value(node, path, "a boolean", "true, false", out);
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_integer(const Node& node, const Path& path, Diagnostics& out,
                                         std::int64_t low, std::int64_t high,
                                         std::string_view accepted) {
  const auto value = node.is_scalar() ? parse_integer(node.text) : std::nullopt;
  if (!value) {
    wrong_value(node, path, "a whole number", accepted, out);
  } else if (*value < low || *value > high) {
    wrong_value(node, path, "in the range", accepted, out);
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<model::Duration> read_duration(const Node& node, const Path& path, Diagnostics& out) {
  const auto value = node.is_scalar() ? model::parse_duration(node.text) : std::nullopt;
  if (value && value->count() >= 0) return value;
  wrong_value(node, path, "a duration", "10s, 1m30s, 500ms", out);
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(const Node& node, const Path& path,
                                                   Diagnostics& out, bool one_is_a_list) {
  if (one_is_a_list && node.is_scalar()) return std::vector<std::string>{node.text};
  if (!node.is_sequence()) {
    wrong_value(node, path, one_is_a_list ? "a text or a list of texts" : "a list of texts", {},
                out);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  texts.reserve(node.items.size());
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (auto text = read_text(node.items[i], Path(path, i), out)) {
      texts.push_back(std::move(*text));
    } else {
      good = false;
    }
  }
  if (!good) return std::nullopt;
  return texts;
}

bool expect_map(const Node& node, const Path& path, Diagnostics& out) {
  if (node.is_map()) return true;
  wrong_value(node, path, "a map", {}, out);
  return false;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string near = base::nearest(word, known);
  return near.empty() ? std::string() : " (did you mean " + quote(near) + "?)";
}

void unknown_key(const Entry& entry, const Path& path, std::span<const std::string_view> known,
                 Diagnostics& out) {
  std::string place = path.to_string();
  if (place.empty()) place = "the file";
  if (out.enough()) known = {};
  out.error(entry.where, "cannot read " + place + ": unknown key " + quote(entry.key) +
                             suggestion(entry.key, known));
}

void check_keys(const Node& map, const Path& path, std::span<const std::string_view> known,
                Diagnostics& out) {
  for (const auto& entry : map.entries) {
    if (is_extension(entry.key)) continue;
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
      unknown_key(entry, path, known, out);
    }
  }
}

}  // namespace consort::config
