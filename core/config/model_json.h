#pragma once

#include <boost/json/value.hpp>

#include "core/config/node.h"
#include "core/config/shape.h"

namespace consort::config {

// A value in normal form as JSON, each part in the type that its shape gives it: as Docker Compose
// prints its model. What is hidden, empty or its type's zero (see Shape::keep) is left out, and so
// are keys that start with x- and, in an object, those that the shape does not know.
// `skip`: there is nothing to print.
struct Printed {
  boost::json::value value;
  bool skip = false;
};
Printed print_model(const Node& node, const Shape& shape);

}  // namespace consort::config
