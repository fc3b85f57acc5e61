#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// Brings Consort's second names in one file to the names that everything after reads:
// env -> environment, stdin -> stdin_open, replicas -> scale. Both names in one service, `binary`
// beside command or entrypoint, and two kinds of health check, are errors in one file (over several
// files the later wins: see merge.h).
void resolve_own_keys(Node& document, Diagnostics& out);

}  // namespace consort::config
