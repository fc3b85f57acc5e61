#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/json_schema.h"
#include "core/config/node.h"

namespace consort::config {

// What the config layer must know of a runtime; the caller fills it from the plugins' manifests.
struct RuntimeInfo {
  std::string name;
  std::vector<std::string> aliases;
  bool installed = true;
  // JSON Schema (draft 7) of the canonical service mapping, Service::spec. "properties" lists the
  // keys that the runtime uses. Empty: nothing is checked.
  boost::json::object service_schema;
  // And of the runtime's own settings, in the person's consort.toml.
  boost::json::object settings_schema = {};
};

// The runtimes of services that name none: of those with neither image, build nor host, of those
// with an image or a build, and of those with a host.
struct DefaultRuntimes {
  std::string plain = "process";
  std::string image = "container";
  std::string host = "remote";
};

// The runtimes that a file may name: those given, and process, container (docker) and remote (ssh),
// which are always known.
class RuntimeSchemas {
 public:
  explicit RuntimeSchemas(std::span<const RuntimeInfo> given, DefaultRuntimes defaults = {});
  ~RuntimeSchemas();
  RuntimeSchemas(const RuntimeSchemas&) = delete;
  RuntimeSchemas& operator=(const RuntimeSchemas&) = delete;

  // By name or alias; nullptr: unknown. Valid as long as this object.
  const RuntimeInfo* find(std::string_view name) const;
  const DefaultRuntimes& defaults() const { return defaults_; }
  // Names and aliases of all, for suggestions.
  std::vector<std::string_view> names() const;
  // Names of the installed ones: "container, process".
  std::string installed() const;

  // Does `runtime` list this key in its schema? nullopt: it has no schema to say so.
  std::optional<bool> uses(std::string_view runtime, std::string_view key) const;
  // Does any runtime's schema list it?
  bool known_key(std::string_view key) const { return keys_.contains(key); }
  const std::set<std::string, std::less<>>& keys() const { return keys_; }

  // What variables made of an unquoted value below a key of the runtime becomes a number or a
  // boolean where the schema takes no text, as Compose does with its own keys.
  void give_types(std::string_view runtime, Entry& entry) const;

  // Checks a service's spec against the runtime's schema. Errors stand at the value of `service`
  // (the node that the spec was made from) that the schema complains about.
  void check(std::string_view runtime, const boost::json::object& spec, const Node& service,
             const Path& path, Diagnostics& out);

 private:
  JsonSchema* schema(const RuntimeInfo& runtime, Diagnostics& out);

  std::vector<RuntimeInfo> runtimes_;
  DefaultRuntimes defaults_;
  std::set<std::string, std::less<>> keys_;
  std::map<std::string, std::unique_ptr<JsonSchema>, std::less<>> compiled_;
};

}  // namespace consort::config
