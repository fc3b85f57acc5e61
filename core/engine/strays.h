#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/engine/replica.h"

namespace consort::engine {

// An instance of this project that a runtime has and the record does not know.
struct Stray {
  std::string runtime;
  std::string instance;
  bool running = false;
};

// The replica that an instance was made for, by its id ("web-1-0a1b2c3d4e5f").
std::optional<model::ReplicaId> replica_of_instance(std::string_view instance);

// A damaged record made whole as far as it can be: what runs of a replica that the record or the
// project names is taken up as that replica's instance, the one that was recorded as an earlier
// one. Which version of its service that is, nobody knows: the next `up` replaces it.
void adopt_strays(const std::optional<model::Project>& project, std::vector<ReplicaRecord>& records,
                  const std::vector<Stray>& strays);

// What the runtimes of a project run beside its record, because the record was lost: nothing is
// started next to it, and no `down` leaves it. On the core's thread.
class Strays {
 public:
  using Known = std::function<bool(const std::string& instance)>;

  explicit Strays(const Workshop& workshop) : workshop_(workshop) {}

  // The runtimes that the project used before this supervisor was. `lost`: its record is known to
  // have lost something, so that what cannot be asked must be taken for running.
  void suspect(std::set<std::string> runtimes, bool lost);
  // Some runtime was not asked yet.
  bool suspected() const { return !runtimes_.empty(); }

  // What they have that is not `known`. Those that have such, or cannot say, are asked again by
  // end().
  base::asio::awaitable<std::vector<Stray>> find(Known known);

  // Ends it all, with its trees, and forgets it. The error says what still may run.
  base::asio::awaitable<base::Result<void>> end(Known known, base::Duration grace);

 private:
  class Ending;
  base::asio::awaitable<base::Result<std::vector<Stray>>> list(std::string runtime, Known known);
  base::asio::awaitable<void> end_one(std::shared_ptr<Ending> ending, runtime::Driver* driver,
                                      std::string instance, base::Duration grace);
  void say(std::string message);

  const Workshop& workshop_;
  std::set<std::string> runtimes_;
  bool lost_ = false;
};

}  // namespace consort::engine
