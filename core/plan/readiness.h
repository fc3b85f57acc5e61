#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/model/event.h"
#include "core/model/project.h"

namespace consort::plan {

// What a dependent needs to know of one replica of its dependency.
struct Standing {
  model::State state = model::State::pending;
  model::Health health = model::Health::none;
  bool checked = false;  // the service has a health check
  bool started = false;  // it has run since it was last asked to
  bool stuck = false;    // unknown, and will be until a person has mended something
  bool settled = true;   // nothing is under way: it is where it was told to be
  std::string outcome;   // "exited (1)", or why it failed, is unhealthy or stuck; for messages
  bool success = false;  // the last exit was 0
};

enum class Readiness { ready, waiting, failed };

// `why`: "waits for db to be healthy", or "dependency db is unhealthy"; empty when ready.
struct Verdict {
  Readiness readiness = Readiness::ready;
  std::string why;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// May a dependent start, as far as this dependency goes? Rules 33 to 37 of the Compose research: an
// exit of 0 exactly is a success; a dependency that ended or is unhealthy fails the dependent at
// once; one without replicas is not waited for; one that is due to be restarted is.
// A dependency that is not required and has failed is ready, with `why` as a warning.
Verdict judge(std::string_view name, const model::Dependency& dependency,
              std::span<const Standing> replicas);

// Has this replica come as far as was asked? `why` is what it does ("exited (1)", "is unhealthy"),
// or what it has yet to ("be healthy"). A one-shot that ended well is as good as one that runs.
enum class Goal { running, ready, completed };
Verdict judge_goal(Goal goal, const Standing& replica);

}  // namespace consort::plan
