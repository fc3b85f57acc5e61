#pragma once

#include <functional>
#include <vector>

#include "core/config/documents.h"

namespace consort::config {

// Merges files and what they include into one canonical document.
using Assemble = std::function<Node(std::vector<OpenedFile> files, const Scope& scope)>;

// Replaces `include` of a prepared document by what the included files define: services, networks,
// volumes, secrets and configs. An included project has a folder and a .env file of its own; the
// variables of the including one win. Its paths are absolute, its bare variables resolved when it
// joins. A name that both define, differently, is an error.
// Source: Compose specification, "include"; compose-go, loader/include.go.
void apply_include(Node& document, const Scope& scope, Documents& documents,
                   const Assemble& assemble);

}  // namespace consort::config
