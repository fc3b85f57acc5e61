#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/explain.h"
#include "core/config/parse.h"
#include "core/config/runtime_schemas.h"
#include "core/config/used_variables.h"
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
  std::vector<std::string>
      services;  // named on the command line: they activate their profiles; may be unknown
  bool interpolate = true;
  // A key that the service's runtime cannot honour is an error, not a warning.
  bool strict = false;
  std::vector<RuntimeInfo> runtimes;  // from the plugins' manifests
  // A document with what the command line says of services that the files have; merged over these,
  // as it is written.
  std::string overrides;
  DefaultRuntimes default_runtimes;  // known ones, by name or alias
  ParseLimits limits;
  // The path of a value whose story is wanted: "services.web.environment.PORT".
  std::optional<std::string> explain;
};

struct Loaded {
  model::Project project;
  std::vector<Diagnostic> warnings;  // also in project.warnings, as text
  std::optional<Explanation> explanation;
  // What the files may use: the environment, then the .env files, then the project's name.
  std::map<std::string, std::string> variables;
  // What the values name, where they are not interpolated.
  UsedVariables used_variables;
  std::set<std::string> profiles;  // of all services, enabled or not
  // The top-level x- keys, as the files have them.
  boost::json::object extensions;
};

// What is wrong with it all at once, and what may be why (a variable that is not set).
struct Refused {
  std::vector<Diagnostic> errors;  // never empty
  std::vector<Diagnostic> warnings;
};

using LoadResult = std::variant<Loaded, Refused>;

// Reads the files and the environment into a project. Any thread; reads files, changes nothing.
// `project.host_environment` is the caller's to set.
LoadResult load_project(const LoadOptions& options);

// Which project the files are of. `directory` is absolute.
struct Identity {
  std::string name;
  std::string directory;
};

// For what need not know what is in it: a file whose services cannot be accepted has a name all the
// same. Finds the files as load_project does, and reads one that begins with `name` no further; the
// profiles, services and runtimes do not matter.
std::variant<Identity, Refused> identify_project(const LoadOptions& options);

// The errors, one a line.
std::string to_string(const std::vector<Diagnostic>& diagnostics);

}  // namespace consort::config
