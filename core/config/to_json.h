#pragma once

#include <boost/json/value.hpp>

#include "core/config/node.h"

namespace consort::config {

// The value as JSON. Unquoted scalars are what YAML 1.2 makes of them (null, booleans, numbers;
// also 0o17 and, as Compose's parser has it, 017 as octal); everything else is a string.
// Keys that start with x- are left out.
boost::json::value to_json(const Node& node);

}  // namespace consort::config
