#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/parse.h"
#include "core/config/runtime_schemas.h"
#include "core/model/project.h"

namespace consort::config {

// What to load, as the command line and the environment say it. Paths may be relative to `cwd`.
struct LoadOptions {
  std::vector<std::filesystem::path> files;  // -f; "-" is the standard input; empty: discovered
  std::optional<std::filesystem::path> project_directory;
  std::optional<std::string> project_name;         // -p
  std::vector<std::string> profiles;               // --profile
  std::vector<std::filesystem::path> env_files;    // --env-file
  std::map<std::string, std::string> environment;  // of the process
  std::filesystem::path cwd;                       // absolute
  std::vector<std::string> services;  // named on the command line: they activate their profiles
  bool interpolate = true;
  // A key that the service's runtime cannot honour is an error, not a warning.
  bool strict = false;
  std::vector<RuntimeInfo> runtimes;  // from the plugins' manifests
  DefaultRuntimes default_runtimes;   // known ones, by name or alias
  ParseLimits limits;
};

struct Loaded {
  model::Project project;
  std::vector<Diagnostic> warnings;  // also in project.warnings, as text
  // The top-level networks, volumes, secrets, configs and models, as the files have them.
  boost::json::object resources;
};

// The project, or everything that is wrong with it (never empty).
using LoadResult = std::variant<Loaded, std::vector<Diagnostic>>;

// Reads the files and the environment into a project. Any thread; reads files, changes nothing.
// `project.host_environment` is the caller's to set.
LoadResult load_project(const LoadOptions& options);

// The errors, one a line.
std::string to_string(const std::vector<Diagnostic>& diagnostics);

}  // namespace consort::config
