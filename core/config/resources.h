#pragma once

#include <set>
#include <string>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// What one of the project's networks, volumes, secrets, configs or devices says against itself: an
// external volume with settings, a secret with two sources or none.
// Source: compose-go, package validation.
void check_resources(Node& normal, Diagnostics& out);

// The networks, volumes, secrets, configs and models of a project in normal form that its enabled
// services use, as JSON.
boost::json::object used_resources(const Node& normal,
                                   const std::set<std::string, std::less<>>& enabled);

}  // namespace consort::config
