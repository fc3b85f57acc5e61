#include "core/runtime/manifest.h"

#include <boost/json/parser.hpp>
#include <limits>
#include <optional>

#include "core/base/file.h"

namespace consort::runtime {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;

namespace {

Error invalid(std::string message) { return Error(ErrorKind::invalid, std::move(message)); }

// Reads members of one object; the first error stays and later reads do nothing.
class Reader {
 public:
  Reader(const json::object& object, std::string pointer, std::optional<Error>& error)
      : object_(object), pointer_(std::move(pointer)), error_(error) {}

  void text(std::string_view key, std::string& out, bool required) {
    const json::value* value = find(key, required);
    if (value == nullptr) return;
    const json::string* string = value->if_string();
    if (string == nullptr) return fail(key, "must be a string");
    out = std::string(*string);
  }

  void texts(std::string_view key, std::vector<std::string>& out) {
    const json::value* value = find(key, false);
    if (value == nullptr) return;
    const json::array* array = value->if_array();
    if (array == nullptr) return fail(key, "must be a list of strings");
    for (const json::value& item : *array) {
      if (!item.is_string()) return fail(key, "must be a list of strings");
      out.emplace_back(item.get_string());
    }
  }

  void number(std::string_view key, std::uint32_t& out) {
    const json::value* value = find(key, true);
    if (value == nullptr) return;
    const std::int64_t* number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
      return fail(key, "must be a whole number");
    }
    out = static_cast<std::uint32_t>(*number);
  }

  const json::object* object(std::string_view key, bool required) {
    const json::value* value = find(key, required);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
      fail(key, "must be an object");
      return nullptr;
    }
    return &value->get_object();
  }

  void fail(std::string_view key, std::string_view what) {
    if (!error_) error_ = invalid(pointer_ + "/" + std::string(key) + ": " + std::string(what));
  }

 private:
  const json::value* find(std::string_view key, bool required) {
    if (error_) return nullptr;
    const json::value* value = object_.if_contains(key);
    if (value == nullptr && required) fail(key, "is missing");
    return value;
  }

  const json::object& object_;
  std::string pointer_;
  std::optional<Error>& error_;
};

Result<json::value> parse_json(std::string_view text) {
  json::parser parser;
  boost::system::error_code error;
  const std::size_t read = parser.write_some(text, error);
  std::size_t end = read;
  while (!error && end < text.size() &&
         std::string_view(" \t\r\n").find(text[end]) != std::string_view::npos)
    ++end;
  if (!error && end != text.size()) error = json::error::extra_data;
  if (!error) return parser.release();
  int line = 1;
  int column = 1;
  for (const char c : text.substr(0, read)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return invalid("line " + std::to_string(line) + ", column " + std::to_string(column) +
                 ": not JSON: " + error.message());
}

void read_abi(const json::object& object, Manifest::Abi& abi, std::optional<Error>& error) {
  Reader reader(object, "/abi", error);
  reader.number("major", abi.major);
  reader.number("minor_needed", abi.minor_needed);
  reader.number("minor_built", abi.minor_built);
  if (!error && abi.minor_built < abi.minor_needed) {
    reader.fail("minor_built", "must not be below minor_needed");
  }
}

}  // namespace

bool is_runtime_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 64 || !alphanumeric(name.front())) return false;
  for (const char c : name) {
    if (!alphanumeric(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

Result<Manifest> parse_manifest(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return parsed.error();
  if (!parsed->is_object()) return invalid("must be a JSON object");

  std::optional<Error> error;
  Reader reader(parsed->get_object(), "", error);
  std::uint32_t format = 0;
  reader.number("manifest", format);
  if (!error && format != 1) {
    reader.fail("manifest", "is " + std::to_string(format) + ", this Consort reads 1");
  }
  Manifest manifest;
  reader.text("runtime", manifest.runtime, true);
  reader.texts("aliases", manifest.aliases);
  reader.text("version", manifest.version, true);
  if (const json::object* abi = reader.object("abi", true)) read_abi(*abi, manifest.abi, error);
  reader.text("library", manifest.library, true);
  reader.texts("features", manifest.features);
  reader.text("description", manifest.description, false);
  if (const auto* schema = reader.object("service_schema", false)) {
    manifest.service_schema = *schema;
  }
  if (const auto* schema = reader.object("settings_schema", false)) {
    manifest.settings_schema = *schema;
  }
  if (!error && !is_runtime_name(manifest.runtime)) {
    reader.fail("runtime", "must be of a-z, 0-9, '.', '_' and '-'");
  }
  for (const std::string& alias : manifest.aliases) {
    if (!error && !is_runtime_name(alias)) {
      reader.fail("aliases", "'" + alias + "' must be of a-z, 0-9, '.', '_' and '-'");
    }
  }
  if (!error && (manifest.library.empty() || manifest.library.find('/') != std::string::npos)) {
    reader.fail("library", "must be the name of a file beside the manifest");
  }
  if (error) return *error;
  return manifest;
}

Result<Manifest> read_manifest(const std::filesystem::path& path) {
  const std::string what = "cannot read the manifest " + path.string();
  const auto text = base::read_file(path, 4u << 20);
  if (!text) return text.error();
  auto manifest = parse_manifest(*text);
  if (!manifest) return manifest.error().wrap(what);
  if (manifest->runtime + std::string(manifest_suffix) != path.filename().string()) {
    return invalid(what + ": /runtime: is '" + manifest->runtime +
                   "', which is not the file's name");
  }
  return manifest;
}

}  // namespace consort::runtime
