#pragma once

#include <string>

#include "plugins/docker/http.h"
#include "plugins/docker/json_view.h"

// What the engine says of itself and of a container, as the ABI has it. Pure functions.
namespace consort::docker {

// consort.stats/1, of the engine's GET /containers/ID/stats.
std::string stats_of(const json::value& stats);

// consort.top/1, of the engine's GET /containers/ID/top.
std::string processes_of(const json::value& top);

// consort.fingerprint/1, of the engine's GET /info.
std::string fingerprint_of(const json::value& info, const Address& address, int api_version);

}  // namespace consort::docker
