#pragma once

#include <string>
#include <vector>

#include <libssh2.h>

namespace consort::ssh {

// Starts libssh2, once in a process. Throws Error.
void use_library();

// What the library can do, by LIBSSH2_METHOD_...
std::vector<std::string> supported_algorithms(LIBSSH2_SESSION* session, int method);

// Makes a session ask for strong algorithms only, and of the host's keys first for those of
// `known_types`.
void prefer_algorithms(LIBSSH2_SESSION* session, const std::vector<std::string>& known_types);

}  // namespace consort::ssh
