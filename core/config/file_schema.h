#pragma once

#include <span>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/config/runtime_schemas.h"

namespace consort::config {

// The JSON Schema (draft 7) of the file as people write it, for editors: the core's
// (schema/consort.schema.json), with the names of the given runtimes and the service keys that
// only they know. Any value that is a number, a word of a list or the like may also be a text with
// a variable. It checks one file by itself: what other files add is not seen.
boost::json::object file_schema(std::span<const RuntimeInfo> runtimes);

// The core's part as it stands in the source, made into a literal by the build.
std::string_view core_schema_text();

}  // namespace consort::config
