#pragma once

#include <set>
#include <string>

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// What the enabled services of a project in normal form say of each other and of its networks,
// volumes, secrets and configs: references to what is not there, keys that exclude each other,
// circles of dependencies. Source: compose-go, loader/validate.go.
void check_consistency(const Node& normal, const std::set<std::string, std::less<>>& enabled,
                       Diagnostics& out);

}  // namespace consort::config
