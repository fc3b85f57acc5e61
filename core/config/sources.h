#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/config/diagnostic.h"
#include "core/config/loader.h"

namespace consort::config {

using Variables = std::map<std::string, std::string, std::less<>>;

// Which files make the project, and which variables they may use.
struct Sources {
  std::vector<std::filesystem::path> files;  // absolute, or "-"
  std::vector<std::string> shown;            // the same as people know them
  std::filesystem::path directory;           // of the project, absolute
  Variables variables;                       // the process's environment, then the .env files
};

// Applies -f, COMPOSE_FILE or discovery, and --env-file, COMPOSE_ENV_FILES or the .env files.
// Precedence of variables: the environment, the .env of --project-directory (else of the first -f,
// else of the current folder), the .env of the folder that the project was found in.
// nullopt after an error in `out`.
std::optional<Sources> find_sources(const LoadOptions& options, Diagnostics& out);

// `path` for people: relative to `cwd` where it is below it, else as it is.
std::string shown_path(const std::filesystem::path& path, const std::filesystem::path& cwd);

}  // namespace consort::config
