#pragma once

#include <map>
#include <string>

#include "core/config/node.h"

namespace consort::config {

// A variable that values name, and what they say of it.
struct UsedVariable {
  bool required = false;    // ${NAME:?...}
  std::string standard;     // of ${NAME:-standard}
  std::string alternative;  // of ${NAME:+alternative}
};
using UsedVariables = std::map<std::string, UsedVariable>;  // by name

// Every variable below `node`, whose values have not been interpolated; of several uses of one name
// each adds what those before did not say.
UsedVariables used_variables(const Node& node);

}  // namespace consort::config
