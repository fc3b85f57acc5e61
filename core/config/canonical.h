#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Brings every short form of a document to its long form, in place; what came from a place keeps
// it. Idempotent. What has neither form is left alone: it is reported where it is read.
void canonicalize_document(Node& document, Diagnostics& out);

}  // namespace consort::config
