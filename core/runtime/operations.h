#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/runtime/convert.h"

namespace consort::runtime {

// An operation that a plugin has been asked for and has not completed.
struct PendingOperation {
  std::string runtime;
  std::uint64_t id = 0;
  std::string_view what;  // "start"
  std::string instance;   // "" where the operation is about none
  base::Duration age{};
  bool overdue = false;  // older than this kind of operation should ever take
};
// "start of web-1-ab12 has been pending for 2m0s"
std::string to_string(const PendingOperation& operation);

// The operations that a plugin owes an answer. Pure; one thread. Ids are never 0 nor used twice.
class Operations {
 public:
  using Done = std::function<void(Completion)>;

  // `what` is a literal. `limit` 0: it may take for ever. After `slow` take_slow() tells it; 0: it
  // never does.
  std::uint64_t add(std::string_view what, std::string instance, base::SteadyTime now,
                    base::Duration limit, Done done, base::Duration slow = {});
  // Calls its `done`. False: no such operation, or it was complete already.
  bool complete(std::uint64_t id, Completion completion);
  // Completes all of them, in their order.
  void complete_all(const Completion& completion);
  // There was progress: the operations of `instance` have their whole time again.
  void postpone(const std::string& instance, base::SteadyTime now);

  bool empty() const { return table_.empty(); }
  // Whether `id` was ever given out.
  bool was_added(std::uint64_t id) const { return id != 0 && id < next_; }
  std::vector<PendingOperation> pending(base::SteadyTime now) const;
  std::optional<PendingOperation> first_overdue(base::SteadyTime now) const;
  // Those that have got slow; each once.
  std::vector<PendingOperation> take_slow(base::SteadyTime now);
  // The next time one gets slow or overdue that is not yet; none if none will.
  std::optional<base::SteadyTime> next_due(base::SteadyTime now) const;
  // The first such time of this one.
  std::optional<base::SteadyTime> next_due_of(std::uint64_t id) const;

 private:
  struct Entry {
    std::string_view what;
    std::string instance;
    base::SteadyTime begun;
    base::Duration limit;
    std::optional<base::SteadyTime> due;
    Done done;
    base::Duration slow;
    std::optional<base::SteadyTime> slow_at;  // none once it was told
  };
  static PendingOperation describe(std::uint64_t id, const Entry& entry, base::SteadyTime now);

  std::map<std::uint64_t, Entry> table_;
  std::uint64_t next_ = 1;
};

}  // namespace consort::runtime
