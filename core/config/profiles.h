#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/config/diagnostic.h"
#include "core/model/project.h"

namespace consort::config {

// Moves the services that no active profile enables out of `project.services` into `disabled`;
// their values are returned. A service without profiles is always enabled; "*" enables all; `named`
// services (of the command line) activate their own profiles. An unknown name is an error.
std::map<std::string, model::Service> apply_profiles(model::Project& project,
                                                     std::vector<std::string> active,
                                                     const std::vector<std::string>& named,
                                                     Diagnostics& out);

}  // namespace consort::config
