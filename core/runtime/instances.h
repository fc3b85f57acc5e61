#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/model/event.h"

namespace consort::runtime {

// Decides when an exit may be told: once per instance, and not before its start or attach has
// completed. Pure; one thread.
class Instances {
 public:
  // How a start or attach ended.
  enum class Outcome {
    runs,
    ended,    // attach: it has exited or is gone, and its answer said so
    failed,   // nothing runs
    unknown,  // the runtime cannot say now
  };
  enum class Verdict { report, held, duplicate, unknown };

  void begin(const std::string& instance);
  // Returns the exit that was held back and is to be told now.
  std::optional<model::ExitInfo> settle(const std::string& instance, Outcome outcome);
  Verdict exited(const std::string& instance, const model::ExitInfo& exit);
  void forget(const std::string& instance) { known_.erase(instance); }

 private:
  struct Entry {
    int beginning = 0;  // starts and attaches under way
    bool runs = false;
    bool told = false;
    std::optional<model::ExitInfo> held;
  };
  std::map<std::string, Entry> known_;
};

}  // namespace consort::runtime
