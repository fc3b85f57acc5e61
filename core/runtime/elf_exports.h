#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace consort::runtime {

using base::Result;

// The symbols that a shared library of this machine's kind exports, sorted, read from its dynamic
// symbol table without running any of it. The error says what the file is instead ("not a shared
// library: ...").
Result<std::vector<std::string>> exported_symbols(const std::filesystem::path& library);

}  // namespace consort::runtime
