#include "core/config/paths.h"

namespace consort::config {

void resolve_paths(Node&, const std::filesystem::path&) {}

}  // namespace consort::config
