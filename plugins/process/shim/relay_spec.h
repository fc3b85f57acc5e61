#pragma once

#include "buffer.h"
#include "relay_request.h"

namespace consort::shim {

// Completes the records of a request, from field `first` on, to a spec: the program as an absolute
// path, the folder, and the login's environment beneath what the records set. `dir` is where the
// instance is to be, null for a check only. Adds the spec to `spec`; false with a sentence in
// `error`.
bool complete_spec(const Call& call, std::size_t first, const char* dir, Buffer& spec,
                   Buffer& error);

}  // namespace consort::shim
