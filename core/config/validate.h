#pragma once

#include <map>
#include <string>

#include "core/config/diagnostic.h"
#include "core/model/project.h"

namespace consort::config {

// What services say of each other: dependencies that are missing, disabled or can never be healthy;
// ports published twice. Dependencies that are not required and not there are dropped with a
// warning. Cycles are the plan's to find.
void validate_project(model::Project& project,
                      const std::map<std::string, model::Service>& disabled, Diagnostics& out);

}  // namespace consort::config
