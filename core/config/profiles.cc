#include "core/config/profiles.h"

#include <algorithm>

#include "core/config/read.h"

namespace consort::config {

std::map<std::string, model::Service> apply_profiles(model::Project& project,
                                                     std::vector<std::string> active,
                                                     const std::vector<std::string>& named,
                                                     Diagnostics& out) {
  for (const auto& name : named) {
    const auto service = project.services.find(name);
    if (service == project.services.end()) {
      std::vector<std::string_view> known;
      for (const auto& [other, value] : project.services) known.push_back(other);
      out.add({}, Severity::error,
              "cannot find service " + quote(name) + ": the project has none of that name" +
                  suggestion(name, known));
      continue;
    }
    const auto& own = service->second.profiles;
    active.insert(active.end(), own.begin(), own.end());
  }
  const auto is_active = [&](const std::string& profile) {
    return std::find(active.begin(), active.end(), profile) != active.end();
  };
  const bool all = is_active("*");
  std::map<std::string, model::Service> disabled;
  for (auto service = project.services.begin(); service != project.services.end();) {
    const auto& own = service->second.profiles;
    const auto next = std::next(service);
    if (!all && !own.empty() && std::none_of(own.begin(), own.end(), is_active)) {
      project.disabled.push_back(service->first);
      disabled.insert(project.services.extract(service));
    }
    service = next;
  }
  return disabled;
}

}  // namespace consort::config
