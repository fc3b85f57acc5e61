#pragma once

#include <string>
#include <vector>

#include "core/config/loader.h"

namespace consort::cli {

// What `config --services`, `--images`, `--variables` and the like print, a line each.

// Those that others depend on come first, as Compose has it; else by name.
std::vector<std::string> service_lines(const model::Project& project);

// Of `services`, or of all; a service that is built and names no image has PROJECT-SERVICE.
std::vector<std::string> image_lines(const model::Project& project,
                                     const std::vector<std::string>& services);

// A table: NAME, REQUIRED, DEFAULT VALUE, ALTERNATE VALUE.
std::string variable_table(const config::UsedVariables& variables);

// NAME=value.
std::vector<std::string> environment_lines(const config::Loaded& loaded);

}  // namespace consort::cli
