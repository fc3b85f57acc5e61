#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Merges the document `over` into `base` by Compose's rules: maps by key, lists appended, the keys
// with rules of their own by those (commands replaced; environment, labels by name; volumes by
// target; ...). !reset removes a key, !override replaces it.
// Consort's own: `binary` clears the command and entrypoint of earlier files and these clear it;
// healthcheck.test, .http and .tcp replace each other.
// Source: Compose specification, "Merge", and compose-go's override package.
void merge_document(Node& base, Node over, Diagnostics& out);

// Applies the tags of a document that is merged into nothing: what is !reset goes.
void strip_tags(Node& document);

}  // namespace consort::config
