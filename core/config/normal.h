#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/interpolate.h"
#include "core/config/node.h"

namespace consort::config {

// What the normal form depends on beside the files.
struct NormalContext {
  std::string project_name;
  std::filesystem::path directory;  // of the project, absolute
  const Lookup& variables;          // the environment, then the .env files
  std::function<base::Result<std::string>(const std::string& path)> read_file;
  Diagnostics& out;
};

// Brings the merged, canonical document to Compose's normal form, in place: paths absolute,
// env_file read into environment, implied dependencies and networks, resource names, defaults.
void normalize_project(Node& merged, NormalContext& context);

}  // namespace consort::config
