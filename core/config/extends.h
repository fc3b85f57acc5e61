#pragma once

#include "core/config/documents.h"

namespace consort::config {

// Completes every service of a prepared document that extends another one, of this document or of
// another file: the service is laid over a copy of that one by the rules of merging; what it tags
// is dropped from the copy. Relative paths of another file start at that file's folder. Networks,
// volumes and the like that the other one names are not taken over.
// Source: Compose specification, "extends"; compose-go, loader/extends.go.
void apply_extends(Node& document, const TaggedKeys& tagged, const Scope& scope,
                   Documents& documents);

}  // namespace consort::config
