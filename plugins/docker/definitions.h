#pragma once

#include <string>

#include "plugins/docker/container_body.h"

// From a network or volume of the file to what the engine is asked to make. Pure functions.
namespace consort::docker {

// The body of POST /networks/create. Its label labels::definition tells one definition from
// another.
json::object network_body(const Replica& project, const std::string& key);
// The body of POST /volumes/create.
json::object volume_body(const Replica& project, const std::string& key);

// What to do where the engine does not make one, after its message; "" where nobody knows.
std::string remedy_for(std::string_view message);

// Whether a network of the engine was made of another definition; false where it does not say.
bool differs(const json::value& network, const json::object& body);
// What a volume of the engine has otherwise, in the file's words ("driver"); "" for nothing.
std::string volume_difference(const json::value& volume, const json::object& body);

}  // namespace consort::docker
