#pragma once

#include <filesystem>

#include "core/config/node.h"

namespace consort::config {

// Makes the relative paths of a canonical document absolute: they start at `directory`. Idempotent.
void resolve_paths(Node& document, const std::filesystem::path& directory);

}  // namespace consort::config
