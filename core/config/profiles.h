#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/config/node.h"

namespace consort::config {

// The services of the merged project that an active profile enables. A service without profiles is
// always enabled; "*" enables all; `named` services (of the command line) activate their own
// profiles. A name that the project does not have is left to the caller.
std::set<std::string, std::less<>> enabled_services(const Node& merged,
                                                    std::set<std::string> active,
                                                    const std::vector<std::string>& named);

// Every profile that a service of the merged project names.
std::set<std::string> all_profiles(const Node& merged);

}  // namespace consort::config
