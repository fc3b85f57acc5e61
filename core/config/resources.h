#pragma once

#include <map>
#include <set>
#include <string>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/model/location.h"

namespace consort::config {

// What one of the project's networks, volumes, secrets, configs or devices says against itself: an
// external volume with settings, a secret with two sources or none.
// Source: compose-go, package validation.
void check_resources(Node& normal, Diagnostics& out);

// The networks, volumes, secrets, configs and models of a project in normal form that its enabled
// services use, as JSON.
boost::json::object used_resources(const Node& normal,
                                   const std::set<std::string, std::less<>>& enabled);

// Where each of `resources` stands in the files, by "networks.NAME"; those that stand nowhere, as
// the default network may, are left out.
std::map<std::string, model::Location> places_of(const boost::json::object& resources,
                                                 const Node& normal);

}  // namespace consort::config
