#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/engine/backoff.h"
#include "core/engine/health.h"
#include "core/engine/ports.h"

// The life of one replica as a pure function: step(machine, event) -> machine and effects. No
// clock, no I/O, no other replica: who may start and stop is the supervisor's to say. Every event
// that speaks of an instance names its generation, every timer its token; those of another are
// stale and do nothing.
namespace consort::engine {

// What follows when a stop is complete.
enum class After {
  stopped,    // stays so
  pending,    // starts again when its dependencies allow
  removed,    // is forgotten
  restarted,  // what was left of it had to go before its restart by policy
};

struct Machine {
  model::State state = model::State::pending;
  bool wanted = true;            // is to run; false once stopped by hand
  std::uint64_t generation = 0;  // starts so far
  std::string reason;
  std::optional<model::ExitInfo> exit;  // the last
  bool started = false;                 // has run since it was last asked to
  HealthState health;
  bool paused = false;         // halted where it is; only while it runs
  std::uint32_t restarts = 0;  // by policy, since it was last asked to run
  Attempts attempts;
  std::uint32_t tries = 0;  // of a start or an attach that could not be done now
  SteadyTime running_since{};

  // Of the instance of this generation.
  bool present = false;                      // it, or something that it left, may run
  bool answered = true;                      // its start has completed
  bool ended = true;                         // its exit has been counted
  bool attaching = false;                    // an attach is under way
  bool stuck = false;                        // unknown until a person has mended something
  bool forgetting = false;                   // it is being removed
  model::State was = model::State::running;  // in the record; what `unknown` was before

  // Of a stop.
  After after = After::stopped;
  int stops = 0;  // not yet answered
  std::optional<Duration> grace;
  std::string signal;
  std::string stop_error;  // why the last stop did not succeed
  Duration delay{};        // before After::restarted

  std::uint64_t timer = 0;   // the armed one; 0: none
  std::uint64_t timers = 0;  // armed so far
};

namespace event {
struct Want {};  // by `up` or `start`: is to run, whatever was before
struct Blocked {
  std::string why;
};             // its dependencies do not allow it yet
struct Go {};  // its dependencies allow it
struct Refuse {
  std::string why;
};  // its dependencies never will
struct Started {
  std::uint64_t generation;
};
struct StartFailed {
  std::uint64_t generation;
  base::Error error;
};
struct Attached {
  std::uint64_t generation;
  runtime::Attached found;
};
struct AttachFailed {
  std::uint64_t generation;
  base::Error error;
};
struct Exited {
  std::uint64_t generation;
  model::ExitInfo exit;
};
struct TimerDue {
  std::uint64_t token;
};
struct Probed {
  std::uint64_t generation;
  ProbeResult result;
};
// Its runtime checks it itself.
struct Reported {
  std::uint64_t generation;
  model::Health health;
  std::string output;
};
struct Stop {
  After after;
  std::optional<Duration> grace;
  std::string signal;
};
struct StopDone {
  std::uint64_t generation;
  std::optional<base::Error> error;
};
struct Forgotten {
  std::optional<base::Error> error;
};  // nothing of it is left, or why not
struct Paused {
  std::uint64_t generation;
  bool paused;
};                 // it was halted, or let go on
struct Killed {};  // a signal that ends it was sent by hand
struct Lost {
  std::string why;
};               // its runtime cannot say any more
struct Back {};  // its runtime can be asked again
}  // namespace event

using Event =
    std::variant<event::Want, event::Blocked, event::Go, event::Refuse, event::Started,
                 event::StartFailed, event::Attached, event::AttachFailed, event::Exited,
                 event::TimerDue, event::Probed, event::Reported, event::Stop, event::StopDone,
                 event::Forgotten, event::Paused, event::Killed, event::Lost, event::Back>;

namespace effect {
// Ask the runtime to start; `again`: the same instance, whose start was not answered for certain.
struct Start {
  std::uint64_t generation;
  bool again;
};
struct StopInstance {
  std::uint64_t generation;
  std::string signal;
  Duration grace;
};
struct Attach {
  std::uint64_t generation;
};
struct ArmTimer {
  std::uint64_t token;
  Duration delay;
};
struct CancelTimer {};
struct StartProbing {
  std::uint64_t generation;
};
struct StopProbing {};
struct Record {};  // the record must say what is so now
struct Publish {
  std::string type;
  std::string action;
  std::string message;
};
struct Tidy {};    // earlier instances are not needed any more
struct Forget {};  // remove its instances from the runtime and the disk; then event::Forgotten
struct Drop {};    // and it from the record: it is no more
}  // namespace effect

using Effect =
    std::variant<effect::Start, effect::StopInstance, effect::Attach, effect::ArmTimer,
                 effect::CancelTimer, effect::StartProbing, effect::StopProbing, effect::Record,
                 effect::Publish, effect::Tidy, effect::Forget, effect::Drop>;

struct Instant {
  SteadyTime now{};
  base::WallTime wall{};
  double jitter = 0;  // in [0, 1)
};

struct Step {
  Machine machine;
  std::vector<Effect> effects;  // in order
};

// `service` is the one the present instance was started from.
Step step(Machine machine, const Event& what, const model::Service& service, const Instant& at);

// The machine of a record, and what to do first: attach what may run, wait out what was in backoff.
Step restore(const ReplicaRecord& record, const Instant& at);

// Whether it is where it stays without further events from outside.
bool settled(const Machine& machine);

}  // namespace consort::engine
