#include "core/config/normal.h"

namespace consort::config {

void normalize_project(Node&, NormalContext&) {}

}  // namespace consort::config
