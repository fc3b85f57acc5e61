#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "core/base/task_group.h"
#include "core/engine/replica.h"
#include "core/engine/supervisor.h"

namespace consort::engine {

// What a replica is waited for.
enum class Target { running, ready, completed, stopped, gone, ended, answered };

struct Awaited {
  Target target = Target::running;
  std::uint64_t generation = 0;  // an instance of this generation or a later one
};

// Where it is on its way there.
struct Progress {
  enum class Kind { open, reached, failed } kind = Kind::open;
  std::string why;
};

// Pure. `replica` null: it is no more. `ordered`: a stop of it is still to come.
Progress progress_of(const Awaited& awaited, const Machine* machine, const plan::Standing& standing,
                     bool ordered);

// A command that waits for replicas: `up`, `stop`, `wait` ... Lives as long as it is waited for or
// has something open; a caller that goes away cancels nothing.
class Operation {
 public:
  enum class Kind { up, stop, other };
  Operation(base::asio::any_io_executor executor, Kind kind) : kind_(kind), done_(executor) {
    done_.expires_at(base::asio::steady_timer::time_point::max());
  }

  // The first that fails ends it: what is open then is not waited for.
  void end_with_first_failure() { ends_with_failure_ = true; }

  void await(const model::ReplicaId& id, Awaited awaited) { open_[id] = awaited; }
  bool awaits(const model::ReplicaId& id) const { return open_.contains(id); }
  // Looks at `id`; null if it is no more.
  void look(const model::ReplicaId& id, const Replica* replica, bool ordered);
  void fail(const model::ReplicaId& id, const model::Location& where, const std::string& why);
  // After all that one change brought about: is it over for a failure?
  void look_at_failures();
  // Nothing is waited for any more: what is open fails with this.
  void expire(const std::string& why);
  void cancel(base::Error error);

  // Completes when nothing is open, or it was cancelled (then the error).
  base::asio::awaitable<Result<void>> wait(std::shared_ptr<Operation> self);

  Kind kind() const { return kind_; }
  bool done() const { return open_.empty() || error_.has_value(); }
  Outcome& outcome() { return outcome_; }
  const std::optional<model::ExitInfo>& exit() const { return exit_; }

 private:
  struct Seen {
    model::Location where;
    std::string state;  // for what has not come in time
  };
  void look_again(const model::ReplicaId& id, const Replica* replica, bool ordered);
  void close(const model::ReplicaId& id);

  Kind kind_;
  bool ends_with_failure_ = false;
  std::map<model::ReplicaId, Awaited> open_;
  std::map<model::ReplicaId, Awaited> reached_;  // of Target::ready
  std::map<model::ReplicaId, Seen> seen_;
  Outcome outcome_;
  std::optional<base::Error> error_;
  std::optional<model::ExitInfo> exit_;  // of the last that was waited for to end
  base::asio::steady_timer done_;        // never expires; cancelled when it is done
};

}  // namespace consort::engine
