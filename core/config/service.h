#pragma once

#include <map>
#include <string>

#include "core/config/diagnostic.h"
#include "core/config/runtime_schemas.h"
#include "core/config/service_parts.h"
#include "core/model/project.h"

namespace consort::config {

// What reading a service needs besides its node.
struct ServiceContext {
  RuntimeSchemas& runtimes;
  const Lookup& environment;             // for bare NAMEs and env_files
  const std::string& project_directory;  // absolute
  const ReadFile& read_file;
  Diagnostics& out;
  bool has_broken_values = false;  // see Node::broken
};

// One merged entry of `services:` as the model's value: canonical, checked against its runtime's
// schema. What is wrong is in the context's diagnostics; the value is then incomplete.
model::Service read_service(const Entry& entry, ServiceContext& context);

}  // namespace consort::config
