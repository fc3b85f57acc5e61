#pragma once

#include <filesystem>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/config/runtime_schemas.h"
#include "core/config/trace.h"

namespace consort::config {

// `variants:` of a service are blocks of service keys, each named by a runtime. The block of the
// runtime that the service has is laid over it; the others do nothing.

// The long forms in every block of a document (see canonical.h).
void canonicalize_variants(Node& document, Diagnostics& out, bool interpolated);

// The relative paths in every block of a canonical document (see paths.h).
void resolve_variant_paths(Node& document, const std::filesystem::path& directory);

// Lays over each service of the merged project the block of its runtime, and checks their names.
void apply_variants(Node& merged, const RuntimeSchemas& runtimes, Diagnostics& out,
                    Trace* trace = nullptr);

}  // namespace consort::config
