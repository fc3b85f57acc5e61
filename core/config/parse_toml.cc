#include "core/config/parse_toml.h"

#include <algorithm>
#include <sstream>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>

namespace consort::config {
namespace {

Mark mark(const toml::source_region& source, const std::string& file) {
  return {&file, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Node to_node(const toml::node& value, const std::string& file) {
  Node node;
  node.where = mark(value.source(), file);
  if (const auto* table = value.as_table()) {
    node.kind = Kind::map;
    std::vector<Entry> entries;
    for (const auto& [key, member] : *table) {
      entries.push_back({std::string(key.str()), mark(key.source(), file), to_node(member, file)});
    }
    // The library sorts by key; people wrote another order.
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
    });
    for (auto& entry : entries) node.entries.push_back(std::move(entry));
  } else if (const auto* array = value.as_array()) {
    node.kind = Kind::sequence;
    for (const auto& item : *array) node.items.push_back(to_node(item, file));
  } else {
    node.kind = Kind::scalar;
    value.visit([&node](const auto& scalar) {
      using Scalar = std::decay_t<decltype(scalar)>;
      if constexpr (toml::is_string<Scalar>) {
        node.text = scalar.get();
      } else if constexpr (toml::is_boolean<Scalar>) {
        node.plain = true;
        node.text = scalar.get() ? "true" : "false";
      } else if constexpr (toml::is_integer<Scalar>) {
        node.plain = true;
        node.text = std::to_string(scalar.get());
      } else if constexpr (toml::is_value<Scalar>) {
        node.plain = toml::is_number<Scalar>;
        node.text = text_of(scalar.get());
      }
    });
  }
  return node;
}

}  // namespace

std::optional<Node> parse_toml(std::string_view text, const std::string& file, Diagnostics& out) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return to_node(parsed.table(), file);
  const toml::parse_error& error = parsed.error();
  out.error(mark(error.source(), file), "not TOML: " + std::string(error.description()));
  return std::nullopt;
}

}  // namespace consort::config
