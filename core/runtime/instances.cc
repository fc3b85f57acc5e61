#include "core/runtime/instances.h"

#include <utility>

namespace consort::runtime {

void Instances::begin(const std::string& instance) { ++known_[instance].beginning; }

std::optional<model::ExitInfo> Instances::settle(const std::string& instance, Outcome outcome) {
  const auto it = known_.find(instance);
  if (it == known_.end()) return std::nullopt;  // removed meanwhile
  Entry& entry = it->second;
  --entry.beginning;
  switch (outcome) {
    case Outcome::runs:
      entry.runs = true;
      break;
    case Outcome::ended:
      entry.told = true;
      entry.held.reset();
      break;
    case Outcome::failed:
      if (!entry.runs && entry.beginning == 0) known_.erase(it);
      return std::nullopt;
    case Outcome::unknown:
      break;
  }
  if (!entry.runs || entry.told || !entry.held) return std::nullopt;
  entry.told = true;
  return std::exchange(entry.held, std::nullopt);
}

Instances::Verdict Instances::exited(const std::string& instance, const model::ExitInfo& exit) {
  const auto it = known_.find(instance);
  if (it == known_.end()) return Verdict::unknown;
  Entry& entry = it->second;
  if (entry.told || entry.held) return Verdict::duplicate;
  if (!entry.runs) {
    entry.held = exit;
    return Verdict::held;
  }
  entry.told = true;
  return Verdict::report;
}

}  // namespace consort::runtime
