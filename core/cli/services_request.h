#pragma once

#include "core/api/protocol.h"
#include "core/cli/command.h"

namespace consort::cli {

// The request of start, stop, restart, kill, pause and the like for the services named on the
// command line.
inline api::ServicesRequest services_request(const Arguments& arguments) {
  api::ServicesRequest request;
  request.services = arguments.words();
  return request;
}

}  // namespace consort::cli
