#pragma once

#include <string>
#include <vector>

#include "core/model/project.h"

namespace consort::plan {

// The paths of what differs between two forms of a service, for people: "environment.PORT",
// "command". What change_hash leaves out is not named. Pure.
std::vector<std::string> changes(const model::Service& from, const model::Service& to);

}  // namespace consort::plan
