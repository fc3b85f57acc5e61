#include "core/cli/yaml_text.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace consort::cli {
namespace {

namespace json = boost::json;

// Words that YAML 1.1 or 1.2 takes for null or a boolean, in lower case.
constexpr std::array<std::string_view, 11> words{"null", "true", "false", "yes", "no", "on",
                                                 "off",  "y",    "n",     "~",   ""};

bool is_plain(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  if (std::ranges::find(words, lower) != words.end()) return false;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  // Starting with a letter or a slash it is no number, date, indicator or base-60 figure.
  if (!letter(text.front())) return false;
  if (lower == ".inf" || lower == ".nan" || text.back() == ' ' || text.back() == ':') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) return false;
    if (c == ':' && i + 1 < text.size() && text[i + 1] == ' ') return false;
    if (c == '#' && i > 0 && text[i - 1] == ' ') return false;
  }
  return true;
}

std::string scalar(const json::value& value) {
  if (value.is_null()) return "null";
  if (!value.is_string()) return json::serialize(value);
  const std::string_view text = value.get_string();
  return is_plain(text) ? std::string(text) : json::serialize(value);
}

bool is_block(const json::value& value) {
  return (value.is_object() && !value.get_object().empty()) ||
         (value.is_array() && !value.get_array().empty());
}

void print(const json::value& value, std::size_t indent, std::string& out);

void print_member(std::string_view key, const json::value& value, std::size_t indent,
                  std::string& out) {
  out += scalar(json::value(key));
  out += ':';
  if (!is_block(value)) {
    out += ' ' + scalar(value) + '\n';
    return;
  }
  out += '\n';
  out.append(indent + 2, ' ');
  print(value, indent + 2, out);
}

// The cursor stands at `indent`; ends at the start of a line.
void print(const json::value& value, std::size_t indent, std::string& out) {
  bool first = true;
  const auto next = [&] {
    if (!first) out.append(indent, ' ');
    first = false;
  };
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_object()) {
      next();
      print_member(key, member, indent, out);
    }
  } else {
    for (const auto& item : value.get_array()) {
      next();
      out += "- ";
      if (is_block(item)) {
        print(item, indent + 2, out);
      } else {
        out += scalar(item) + '\n';
      }
    }
  }
}

std::string doubled(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '$' ? 2 : 1, c);
  return result;
}

}  // namespace

std::string yaml_text(const json::value& value) {
  if (!is_block(value)) return scalar(value) + '\n';
  std::string out;
  print(value, 0, out);
  return out;
}

void escape_dollars(json::value& value) {
  if (auto* object = value.if_object()) {
    json::object escaped(object->storage());
    escaped.reserve(object->size());
    for (auto& [key, member] : *object) {
      escape_dollars(member);
      escaped.emplace(doubled(key), std::move(member));
    }
    *object = std::move(escaped);
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) escape_dollars(item);
  } else if (auto* text = value.if_string()) {
    *text = doubled(*text);
  }
}

}  // namespace consort::cli
