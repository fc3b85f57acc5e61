#pragma once

#include <vector>

#include "core/config/node.h"
#include "core/model/project.h"

namespace consort::config {

// The ports of a normal, checked list that the core looks at. A range of host ports to choose from
// is left to the runtime.
std::vector<model::PublishedPort> read_ports(const Node& list);

}  // namespace consort::config
