#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/config/runtime_schemas.h"
#include "core/model/project.h"

namespace consort::config {

// What reading a service needs besides its node.
struct ServiceContext {
  RuntimeSchemas& runtimes;
  const std::string& project_directory;  // absolute
  // Of services that come from an included project, by name: its folder.
  const std::map<std::string, std::filesystem::path>& directories;
  Diagnostics& out;
  bool has_broken_values = false;  // see Node::broken
  bool has_missing_parts = false;  // what was to be included could not be
  bool strict = false;             // a key that the runtime cannot honour is an error
  bool interpolated = true;        // false: texts may hold variables
};

// One entry of `services:` in normal form as the model's value, checked against its runtime's
// schema. What is wrong is in the context's diagnostics; the value is then incomplete. Of a service
// that is not enabled only the form is judged.
model::Service read_service(Entry& entry, ServiceContext& context, bool enabled = true);

}  // namespace consort::config
