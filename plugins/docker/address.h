#pragma once

#include <functional>
#include <string>

#include "plugins/docker/http.h"

namespace consort::docker {

// A variable of the environment of whoever brought the project up, "" if not set.
using Environment = std::function<std::string(const char* name)>;

// Where the docker CLI would find its engine: DOCKER_HOST (with DOCKER_TLS_VERIFY and
// DOCKER_CERT_PATH), else the context that DOCKER_CONTEXT or the CLI's config.json names, else the
// default socket. Reads files. Throws Error (CONSORT_E_INVALID) that says what is wrong and what to
// do.
Address find_engine(const Environment& environment);

// Whether both are the same engine, whatever the certificates.
bool same_engine(const Address& one, const Address& other);

// The folder of the docker CLI's configuration: DOCKER_CONFIG or ~/.docker; "" without a home.
std::string config_folder(const Environment& environment);

}  // namespace consort::docker
