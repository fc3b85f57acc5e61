#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/env_files.h"
#include "core/config/interpolate.h"
#include "core/config/node.h"
#include "core/config/runtime_schemas.h"

namespace consort::config {

// What the normal form depends on beside the files.
struct NormalContext {
  std::string project_name;
  std::filesystem::path directory;  // of the project, absolute
  const Lookup& variables;          // the environment, then the .env files
  ReadFile read_file;
  ShowFile show_file;
  Diagnostics& out;
  const RuntimeSchemas& runtimes;
  // Is this service enabled? Files that other services name are not read.
  std::function<bool(const std::string& service)> enabled;
};

// Brings the merged, canonical document to Compose's normal form, in place: paths absolute,
// env_file read into environment, implied dependencies and networks, resource names, defaults.
// What has to do with images and networks is filled in for containers only.
// Source: compose-go, loader/normalize.go and transform/defaults.go.
void normalize_project(Node& merged, NormalContext& context);

}  // namespace consort::config
