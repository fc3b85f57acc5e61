#pragma once

#include <consort/values.hpp>

#include <string_view>

namespace consort::ssh {

// How an instance ended, by its exit file (plugins/process/shim/README.md). A program that could
// not be executed is an unknown exit with the cause.
Exit parse_exit(std::string_view text);

}  // namespace consort::ssh
