#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/config/diagnostic.h"
#include "core/config/file_names.h"
#include "core/config/loader.h"
#include "core/config/variables.h"

namespace consort::config {

struct SourceFile {
  std::filesystem::path path;  // absolute, or "-"
  std::string shown;           // as people know it
  // A pipe is waited for where a person named it, as in `-f <(...)`.
  base::Readable readable = base::Readable::files;
};

// Which files make the project, and which variables they may use.
struct Sources {
  std::vector<SourceFile> files;
  std::filesystem::path directory;  // of the project, absolute
  Variables variables;              // the process's environment, then the .env files
};

// Applies -f, COMPOSE_FILE or discovery, and --env-file, COMPOSE_ENV_FILES or the .env files.
// Precedence of variables: the environment, the .env of --project-directory (else of the first -f,
// else of the current folder), the .env of the folder that the project was found in.
// nullopt after an error in `out`.
// Source: compose-go, cli/options.go; docker/compose, cmd/compose/compose.go.
std::optional<Sources> find_sources(const LoadOptions& options, FileNames& names, Diagnostics& out);

}  // namespace consort::config
