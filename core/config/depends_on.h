#pragma once

#include <map>
#include <string>

#include "core/config/node.h"
#include "core/model/project.h"

namespace consort::config {

// Adds to a canonical service's depends_on what else makes a container wait: links, `service:NAME`
// namespaces, volumes_from. Source: compose-go, loader/normalize.go.
void add_implied_dependencies(Node& service);

// A normal, checked depends_on.
std::map<std::string, model::Dependency> read_depends_on(const Node& node);

}  // namespace consort::config
