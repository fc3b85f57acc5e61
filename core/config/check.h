#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/config/shape.h"

namespace consort::config {

// What of a value is checked against its shape.
struct CheckRules {
  // Of one document, before short forms are expanded: kinds, keys and what texts say. A missing
  // value may come from another file.
  bool values = false;
  // Of the merged project: nothing may be null that has to be something, and what is required is
  // there.
  bool complete = false;
  // A number or a boolean is no text.
  bool exact = false;
  // False: texts with variables in them are not looked at.
  bool interpolated = true;
};

// Reports what `node` has that its shape does not accept, each with the key's path and the accepted
// forms. Values that cannot be used are marked as broken: nobody else has to complain about them.
void check_shape(Node& node, const Shape& shape, const Path& path, const CheckRules& rules,
                 Diagnostics& out);

}  // namespace consort::config
