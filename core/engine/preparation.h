#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/json/object.hpp>

#include "core/base/task_group.h"
#include "core/engine/ports.h"

namespace consort::engine {

// What `up` says of images: see consort.project/1.
struct Preparation {
  std::string pull;           // "always", "missing", "never"; "": as the file says
  std::optional<bool> build;  // always, or never; none: where the image is missing
  bool replaces = true;       // false: what runs stays, whatever is told of it
  bool renews = false;        // what starts anew begins with empty anonymous volumes
  bool looks = false;         // nothing is made: only what is outdated is asked for
};

// Instances that are to be replaced although their services have not changed: why.
using Outdated = std::map<std::string, std::string>;

// Has the runtimes of the services that are about to start make what these share, and look at those
// that are kept. The error has a line for each service that cannot start, with its place.
base::asio::awaitable<base::Result<Outdated>> prepare_project(DriverSource& drivers,
                                                              model::Project project,
                                                              std::set<std::string> starting,
                                                              std::set<std::string> keeping,
                                                              Preparation how);

// The project as consort.project/1 and consort.images/1 are told of it: the services of `runtime`,
// those among them that the call is about, and `options`.
boost::json::object project_view(const model::Project& project, const std::string& runtime,
                                 const std::set<std::string>& about, boost::json::object options);

}  // namespace consort::engine
