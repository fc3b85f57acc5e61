#include "core/config/canonical.h"

namespace consort::config {

void canonicalize_document(Node&, Diagnostics&) {}

}  // namespace consort::config
