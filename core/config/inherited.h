#pragma once

#include "core/config/interpolate.h"
#include "core/config/node.h"

namespace consort::config {

// Gives what a canonical document takes from the environment by a bare name the value that it has
// there: environment of services, secrets and configs. What is not set stays as it is.
// Source: compose-go, loader/environment.go.
void resolve_inherited(Node& document, const Lookup& variables);

}  // namespace consort::config
