#pragma once

#include <boost/json/value.hpp>

#include "core/config/node.h"

namespace consort::config {

// The value as JSON, for what has no shape. Scalars are what YAML makes of them (see scalar.h).
// Keys that start with x- are left out.
boost::json::value to_json(const Node& node);

}  // namespace consort::config
