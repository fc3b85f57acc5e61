#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Checks a document against the shapes (see shape.h) and brings every short form to its long form,
// in place; what came from a place keeps it. Idempotent. What is wrong is reported once, at its
// place, and left as it is. `interpolated` false: texts may hold variables and are not judged.
// Returns how many ports it has.
int canonicalize_document(Node& document, Diagnostics& out, bool interpolated = true);

}  // namespace consort::config
