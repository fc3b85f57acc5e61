#include "core/config/profiles.h"

#include <algorithm>

#include "core/config/read.h"

namespace consort::config {
namespace {

std::vector<std::string> profiles_of(const Node& service) {
  std::vector<std::string> profiles;
  if (const Entry* entry = service.find("profiles")) {
    for (const auto& item : entry->value.items) profiles.push_back(item.text);
  }
  return profiles;
}

}  // namespace

std::set<std::string, std::less<>> enabled_services(const Node& merged,
                                                    std::set<std::string> active,
                                                    const std::vector<std::string>& named) {
  std::set<std::string, std::less<>> enabled;
  const Entry* services = merged.find("services");
  const Entries none;
  const Entries& all = services ? services->value.entries : none;
  for (const auto& name : named) {
    const Entry* service = services ? services->value.find(name) : nullptr;
    if (!service) continue;
    const auto own = profiles_of(service->value);
    active.insert(own.begin(), own.end());
  }
  const auto is_active = [&](const std::string& profile) { return active.contains(profile); };
  const bool every = is_active("*");
  for (const auto& service : all) {
    const auto own = profiles_of(service.value);
    if (every || own.empty() || std::any_of(own.begin(), own.end(), is_active)) {
      enabled.insert(service.key);
    }
  }
  return enabled;
}

std::set<std::string> all_profiles(const Node& merged) {
  std::set<std::string> profiles;
  if (const Entry* services = merged.find("services")) {
    for (const auto& service : services->value.entries) {
      for (auto& name : profiles_of(service.value)) profiles.insert(std::move(name));
    }
  }
  return profiles;
}

}  // namespace consort::config
