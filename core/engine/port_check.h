#pragma once

#include <optional>
#include <string>

#include "core/model/project.h"

namespace consort::engine {

// Whether a service of this machine could listen on `port` now. Nothing, or why not:
// "port 5432 is in use by postgres (pid 812)". Binds and closes a socket at once; looks in /proc
// for the holder only if it is taken. May block for that time.
std::optional<std::string> port_problem(const model::PublishedPort& port);

}  // namespace consort::engine
