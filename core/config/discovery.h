#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/diagnostic.h"

namespace consort::config {

struct Discovered {
  std::vector<std::filesystem::path> files;  // the base file and its overrides, in merge order
  std::vector<std::string> notes;            // of other candidates that were passed over
};

// The files of the project around `start`: consort.yaml, consort.yml, then Compose's names, there
// and in each parent. Its override files join it: Compose's own one if the base is Compose's, then
// consort.override.yaml or .yml. Not found is an error that names what was sought.
// Source of Compose's names and their order: compose-go, cli/options.go.
base::Result<Discovered> discover_files(const std::filesystem::path& start);

}  // namespace consort::config
