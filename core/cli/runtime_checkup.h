#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/cli/context.h"

namespace consort::cli {

// Asks these runtimes for their fingerprints, without a supervisor: each in a process of its own,
// all at once, so that one that crashes or hangs is its own problem only. An entry each, in their
// order, as `GET /v1/doctor` has them.
std::vector<boost::json::object> check_up(Context& context, const std::vector<std::string>& names);

}  // namespace consort::cli
