#pragma once

#include <string>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/config/runtime_schemas.h"

namespace consort::config {

// Says which keys of a service its runtime has no use for. What describes a container (where there
// is an image) or a command of another runtime is expected on a service that was moved, and noted
// once; everything else is a warning at its place, with the reason, and an error where `strict` is
// set.
void report_unused_keys(const Entry& service, const Path& path, const std::string& runtime,
                        const RuntimeSchemas& runtimes, bool strict, Diagnostics& out);

}  // namespace consort::config
