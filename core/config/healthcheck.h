#pragma once

#include <optional>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/model/project.h"

namespace consort::config {

struct Healthcheck {
  std::optional<model::Probe> probe;  // none: disabled, or the image's own test
  bool disabled = false;
  bool has_test = false;
};

// A normal, checked healthcheck: `test` is a list. What does not go together is reported.
// `lenient`: words of a test that an engine passes over are a warning.
Healthcheck read_healthcheck(const Entry& entry, const Path& path, bool lenient, Diagnostics& out);

}  // namespace consort::config
