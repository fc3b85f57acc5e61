#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Merges a canonical document into `base` by Compose's rules: maps by key, lists appended, the keys
// with rules of their own by those (commands replaced; environment, labels by name; volumes by
// target; ...). Lists whose items have a key (see merge_rules.h) keep the last of each, in the
// first place. Tags are taken out and applied before (see tags.h). Consort's own: `binary` clears
// the command and entrypoint of earlier files and these clear it; healthcheck.test, .http and .tcp
// replace each other. Source: Compose specification, "Merge", and compose-go's override package.
void merge_document(Node& base, Node over, Diagnostics& out);

// The same for one service, for what it extends and for its variants. `path` is for messages.
void merge_service(Node& base, Node over, const Path& path, Diagnostics& out);

}  // namespace consort::config
