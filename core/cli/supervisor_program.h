#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace consort::cli {

// ../libexec/consort-supervisor beside this executable. `not_found` names it where it is absent.
base::Result<std::filesystem::path> supervisor_program();

// How that program is called, its name included: core/daemon/main.cc reads it. `ready_fd` < 0:
// none.
std::vector<std::string> supervisor_words(const std::string& project,
                                          const std::vector<std::string>& plugin_dirs,
                                          int ready_fd);

}  // namespace consort::cli
