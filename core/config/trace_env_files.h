#pragma once

#include <filesystem>

#include "core/config/env_files.h"
#include "core/config/file_names.h"
#include "core/config/trace.h"

namespace consort::config {

// Tells `trace` of the lines of env_files that set a service's variables, as far as they can be
// read: what is wrong with them is said where they are read for the service. `merged`: before its
// normal form, in which their names are gone.
void trace_env_files(const Node& merged, const std::filesystem::path& directory,
                     const std::filesystem::path& cwd, const Lookup& variables,
                     const ReadFile& read, FileNames& names, Trace& trace);

}  // namespace consort::config
