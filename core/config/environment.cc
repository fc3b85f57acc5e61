#include <array>
#include <filesystem>

#include "core/config/dotenv.h"
#include "core/config/lists.h"
#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

constexpr std::array<std::string_view, 3> env_file_keys = {"path", "required", "format"};

void read_env_file(Node& item, const Path& path, const std::string& directory, const Lookup& lookup,
                   const ReadFile& read, Environment& into, Diagnostics& out) {
  text_to_map(item, "path");
  if (!item.is_map()) return wrong_value(item, path, "a path, or a map with path", {}, out);
  check_keys(item, path, env_file_keys, out);
  const Entry* name = item.find("path");
  if (!name) {
    out.error(item.where, "cannot read " + path.to_string() + ": path is missing");
    return;
  }
  const auto text = read_text(name->value, Path(path, "path"), out);
  if (!text) return;
  bool required = true;
  if (const Entry* entry = item.find("required")) {
    required = read_bool(entry->value, Path(path, "required"), out).value_or(true);
  }
  bool raw = false;
  if (const Entry* entry = item.find("format"); entry && !entry->value.is_null()) {
    raw = entry->value.text == "raw";
    if (!raw) return wrong_value(entry->value, Path(path, "format"), "a format", "raw", out);
  }
  const std::string file = (std::filesystem::path(directory) / *text).lexically_normal();
  const auto content = read(file);
  if (!content) {
    if (!required && content.error().kind() == base::ErrorKind::not_found) return;
    out.error(name->value.where,
              "cannot use " + path.to_string() + ": " + content.error().message());
    return;
  }
  const auto lines =
      raw ? parse_raw_env(*content, file, lookup, out) : parse_dotenv(*content, file, lookup, out);
  for (const auto& line : lines) {
    if (line.value) into.insert_or_assign(line.name, *line.value);
  }
}

}  // namespace

void read_environment(Node node, const Path& path, const Lookup& outer, Environment& into,
                      Diagnostics& out) {
  list_to_map(node);
  if (!node.is_map()) {
    if (node.is_sequence()) {
      read_texts(node, path, out);
    } else {
      wrong_value(node, path, "a map or a list of NAME=value", {}, out);
    }
    return;
  }
  for (auto& entry : node.entries) {
    if (entry.value.is_null()) {
      if (auto value = outer(entry.key)) {
        into.insert_or_assign(entry.key, std::move(*value));
      } else {
        into.erase(entry.key);
      }
    } else if (entry.value.is_scalar()) {
      into.insert_or_assign(entry.key, std::move(entry.value.text));
    } else {
      wrong_value(entry.value, Path(path, entry.key), "a text", {}, out);
    }
  }
}

void read_env_files(Node node, const Path& path, const std::string& directory, const Lookup& outer,
                    const Environment& service_environment, const ReadFile& read, Environment& into,
                    Diagnostics& out) {
  one_to_list(node);
  if (node.is_map()) {
    Node list;
    list.kind = Kind::sequence;
    list.where = node.where;
    list.items.push_back(std::move(node));
    node = std::move(list);
  }
  if (!node.is_sequence()) return wrong_value(node, path, "a path or a list of paths", {}, out);
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (auto value = outer(name)) return value;
    const auto own = service_environment.find(std::string(name));
    if (own != service_environment.end()) return own->second;
    const auto earlier = into.find(std::string(name));
    return earlier == into.end() ? std::nullopt : std::optional(earlier->second);
  };
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    read_env_file(node.items[i], Path(path, i), directory, lookup, read, into, out);
  }
}

}  // namespace consort::config
