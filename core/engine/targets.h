#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/engine/operation.h"
#include "core/engine/supervisor.h"

namespace consort::engine {

// How far each service of a project is to come before a command that starts it is done. With
// `--wait` a one-shot that others need completed is to complete. Lives no longer than the project.
class Targets {
 public:
  Targets(const model::Project& project, Wait wait) : wait_(wait) {
    for (const auto& [name, service] : project.services) {
      for (const auto& [dependency, how] : service.depends_on) {
        if (how.condition == model::Condition::completed_successfully) jobs_.insert(dependency);
      }
    }
  }
  Target of(const std::string& service) const {
    if (wait_ != Wait::ready) return Target::running;
    return jobs_.contains(service) ? Target::completed : Target::ready;
  }

 private:
  Wait wait_;
  std::set<std::string_view> jobs_;
};

}  // namespace consort::engine
