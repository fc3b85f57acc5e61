#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/replica.h"

namespace consort::engine {

// A service that is to start, as its first such replica.
struct Requirement {
  model::ReplicaId id;
  Replica::Origin origin;
};

// (protocol, port) pairs that are free as soon as what holds them has been stopped by the plan.
using PortSet = std::set<std::pair<std::string, std::uint16_t>>;
PortSet ports_of(const model::Service& service);

using Problems = std::vector<base::Error>;

// Asks all at once what can be known before a start: is the runtime there, can the probe be run,
// are the ports free (of services that are processes of this machine), does the runtime's own
// validation find anything. Returns every failure, "FILE:LINE:COL: cannot start web: ...", in the
// order of `wanted`; an error only if it was cut short.
base::asio::awaitable<base::Result<Problems>> check_requirements(const Workshop& workshop,
                                                                 std::vector<Requirement> wanted,
                                                                 PortSet freed);

}  // namespace consort::engine
