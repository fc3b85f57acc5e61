#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace consort::model {

using base::WallTime;

// How an instance ended. Exactly one of code and signal is set, or neither when nobody can know.
struct ExitInfo {
  std::optional<int> code{};
  std::optional<int> signal{};
  bool oom = false;
  bool leftovers = false;  // descendants of the service still run
  std::string cause{};     // for an exit nobody can know, or one with a reason beside the code
  WallTime at{};

  bool success() const { return code == 0; }
  // As a shell shows it: the code, 128 + signal, or nothing when unknown.
  std::optional<int> shell_code() const;
};
std::string to_string(
    const ExitInfo& exit);  // "exited (1)", "killed by SIGKILL", "exit unknown: .."

enum class State {
  pending,   // waits for its dependencies
  starting,  // the runtime has been asked
  running,
  backoff,  // ended; a restart is due
  stopping,
  exited,   // ended and stays so: see the exit
  failed,   // could not be started, or a dependency failed: see the reason
  stopped,  // ended because it was told to
  unknown,  // the runtime cannot say; never answered by a second copy
};
enum class Health { none, starting, healthy, unhealthy };

std::string_view to_string(State state);
// Exited, failed or stopped: it will not run again by itself.
bool has_ended(State state);
std::string_view to_string(Health health);
std::optional<State> parse_state(std::string_view text);
std::optional<Health> parse_health(std::string_view text);

// Names one replica of one service, whatever instance it is in. Ordered by service, then index.
struct ReplicaId {
  std::string service;
  std::uint32_t index = 1;  // from 1

  friend auto operator<=>(const ReplicaId&, const ReplicaId&) = default;
};
std::string to_string(const ReplicaId& id);  // "web-1"

// What can be seen of a replica: a value, replaced whole on each change.
struct ReplicaStatus {
  ReplicaId id;
  std::string instance;  // id of the present or last instance; "" before the first
  std::string runtime;
  State state = State::pending;
  Health health = Health::none;
  std::uint64_t generation = 0;  // starts so far
  std::uint32_t restarts = 0;    // automatic ones since the last `up`/`start`
  std::string reason;            // why it is pending, failed, unknown, in backoff or unhealthy
  std::optional<ExitInfo> last_exit;
  std::int64_t pid = 0;  // 0 where there is none on this machine
  WallTime started_at{};
  std::string command;             // for `ps`
  std::vector<std::string> ports;  // for `ps`: "127.0.0.1:8080->80/tcp"
  bool one_off = false;            // of `run`
  bool paused = false;             // running, but halted where it is
};

// Something that happened. `sequence` grows by one each; the bus sets it and `at`.
struct Event {
  std::uint64_t sequence = 0;
  WallTime at{};
  std::string type;     // "state", "health", "log", "plan", "message", "prompt", "supervisor"
  std::string service;  // "" where it is the project's
  std::uint32_t index = 0;
  std::string
      action;  // Compose's verbs: create start die stop restart kill health_status destroy ...
  std::string message;                  // for people
  std::uint64_t prompt = 0;             // type "prompt": its number; `action` is secret or confirm
  std::optional<ReplicaStatus> status;  // type "state" and "health": the replica after it
};

}  // namespace consort::model
