#pragma once

#include <string>

#include "plugins/docker/engine.h"

namespace consort::docker {

// Runs commands of `post_start` or `pre_stop` (`what`) in a container, one after the other, `limit`
// for each (0: none). Throws Error for the first that does not end with 0.
Async<void> run_hooks(Engine& engine, Scope& scope, std::string container, std::string what,
                      json::array hooks, std::chrono::milliseconds limit);

}  // namespace consort::docker
