#pragma once

#include <vector>

#include "core/config/documents.h"

namespace consort::config {

// Merges files, with all that they include and extend, into one canonical document: each document
// in the order of the files is prepared, completed by what its services extend and what it
// includes, and laid over those before it. Null where the files have no document.
Node assemble(std::vector<OpenedFile> files, const Scope& scope, Documents& documents);

}  // namespace consort::config
