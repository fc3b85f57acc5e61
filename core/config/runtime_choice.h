#pragma once

#include <string>

#include "core/config/runtime_schemas.h"

namespace consort::config {

struct RuntimeChoice {
  std::string runtime;      // canonical; "" after an error
  std::string oci_runtime;  // of the engine, where `runtime:` names no Consort runtime
  Mark where;               // of `runtime:`, or of the service where it is implied
};

// Which runtime runs the service: `runtime:` by name or alias; without it container if there is an
// image or a build, remote if there is a host, else process. A `runtime:` that names no Consort
// runtime is the engine's OCI runtime if there is an image or a build, else an error.
RuntimeChoice choose_runtime(const Entry& service, const Path& path, const RuntimeSchemas& runtimes,
                             Diagnostics& out);

// The same without a word; nullptr where it names none. For what must know before it is checked.
const RuntimeInfo* runtime_of(const Node& service, const RuntimeSchemas& runtimes);

}  // namespace consort::config
