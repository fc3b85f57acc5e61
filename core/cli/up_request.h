#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/api/client.h"
#include "core/api/protocol.h"
#include "core/cli/command.h"

// What `up` and `plan` share.
namespace consort::cli {

// All of an UpRequest but the project, from the options and words of `up`.
base::Result<api::UpRequest> up_request(const Arguments& arguments);

base::Result<std::vector<api::ActionReply>> get_plan(api::Client& client,
                                                     const api::UpRequest& request);

// The named services and, unless `no_deps`, all that they depend on; every service if none is
// named.
std::vector<std::string> closure(const model::Project& project,
                                 const std::vector<std::string>& named, bool no_deps);

// Services whose success another one waits for.
std::set<std::string> one_shots(const model::Project& project);

// Whether what `--scale` asks for can publish its ports: as in the file, where one port of the host
// cannot be that of several replicas.
base::Result<void> check_scale(const api::UpRequest& request);

// Whose output an attached `up` of these services shows: all but those with `attach: false`.
std::vector<std::string> attached_services(const model::Project& project,
                                           const std::vector<std::string>& services);

// `not_found` with the nearest name.
base::Result<void> check_service(const model::Project& project, const std::string& service);

}  // namespace consort::cli
