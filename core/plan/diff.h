#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/event.h"
#include "core/model/project.h"

namespace consort::plan {

// What is: one replica as the record and the runtimes know it.
struct Observed {
  model::ReplicaId id;
  std::string hash;  // change_hash of the service it was started from
  std::string runtime;
  bool active = false;     // runs, starts, or is due to start again
  bool done = false;       // ended with code 0, as a one-shot does
  std::string outdated{};  // why it is to be replaced although its service has not changed
};

struct Options {
  std::vector<std::string> services;  // only these and what they depend on; empty: all
  bool no_deps = false;               // only these
  bool force_recreate = false;        // of what is named
  bool recreate_deps = false;         // of what that depends on
  bool no_recreate = false;
  bool remove_orphans = false;
  std::map<std::string, std::uint32_t> scale;  // replicas, instead of the file's
};

enum class Verb { create, start, replace, keep, remove, orphan };
std::string_view to_string(Verb verb);

// One step of a plan, for one replica. `why` is for people: "new", "changed: environment.PORT",
// "not in the file", "scaled down to 2".
struct Action {
  Verb verb = Verb::keep;
  model::ReplicaId id;
  std::string why;
};

// The ordered actions between what is and what the file asks for; pure. Removals first, in reverse
// order of dependency, then the rest in order. A replica that ended well (`done`) and is unchanged
// is started again, as Compose does. Orphans (not in the file, nor in a disabled profile) are
// only named (Verb::orphan) unless remove_orphans. An unknown service in `services` or `scale` is
// an error with the nearest known name. `old_specs`: the services as they were started, for `why`.
base::Result<std::vector<Action>> diff(const model::Project& desired,
                                       const std::vector<Observed>& observed,
                                       const std::map<std::string, model::Service>& old_specs,
                                       const Options& options);

}  // namespace consort::plan
