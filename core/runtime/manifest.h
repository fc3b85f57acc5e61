#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/base/result.h"

namespace consort::runtime {

using base::Result;

// What NAME.runtime.json beside a plugin's library says of it (docs/plugins.md).
struct Manifest {
  struct Abi {
    std::uint32_t major = 0;
    std::uint32_t minor_needed = 0;
    std::uint32_t minor_built = 0;
  };

  std::string runtime;
  std::vector<std::string> aliases;
  std::string version;
  Abi abi;
  std::string library;                // a file name, beside the manifest
  std::vector<std::string> features;  // "consort.exec/1"
  std::string description;
  boost::json::object service_schema;   // JSON Schema draft 7 of a service's mapping
  boost::json::object settings_schema;  // and of the runtime's own settings
};

inline constexpr std::string_view manifest_suffix = ".runtime.json";

// Pure. Errors name the place: "line 3, column 7: ..." or "/abi/major: ...". Unknown members are
// ignored: they may be a newer manifest's.
Result<Manifest> parse_manifest(std::string_view text);

// Reads and parses; its `runtime` must be the NAME of the file. Errors name the path.
Result<Manifest> read_manifest(const std::filesystem::path& path);

// Whether `name` can be a runtime's name: [a-z0-9][a-z0-9._-]*, at most 64 characters.
bool is_runtime_name(std::string_view name);

}  // namespace consort::runtime
