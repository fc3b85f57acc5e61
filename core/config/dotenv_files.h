#pragma once

#include <filesystem>
#include <vector>

#include "core/base/file.h"
#include "core/config/diagnostic.h"
#include "core/config/file_names.h"
#include "core/config/variables.h"

namespace consort::config {

struct EnvFileContext {
  std::filesystem::path cwd;  // the names of files are shown from here
  std::size_t largest;        // bytes
  FileNames& names;
  Diagnostics& out;
  base::Readable readable = base::Readable::files;
};

// Adds to `variables` what the .env files set and it does not. Of the files the last wins; a line
// may use what `variables`, earlier files and earlier lines set. Each file must be there.
void add_env_files(const std::vector<std::filesystem::path>& files, const EnvFileContext& context,
                   Variables& variables);

// `path` for people: relative to `cwd` where it is below it, else as it is.
std::string shown_path(const std::filesystem::path& path, const std::filesystem::path& cwd);

}  // namespace consort::config
