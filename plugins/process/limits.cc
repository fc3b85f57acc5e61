#include "plugins/process/limits.h"

#include <unistd.h>

#include "plugins/process/shim/limit_names.h"

namespace consort::process {

std::optional<int> limit_resource(std::string_view name) {
  for (const shim::LimitName& known : shim::limit_names) {
    if (name == known.name) return known.resource;
  }
  return std::nullopt;
}

rlim_t limit_value(std::int64_t value) {
  return value < 0 ? RLIM_INFINITY : static_cast<rlim_t>(value);
}

std::string cannot_grant(std::string_view name, const Limit& limit) {
  if (limit.soft > limit.hard) {
    return "cannot set ulimit " + std::string(name) + ": the soft limit is above the hard one";
  }
  rlimit own{};
  if (::geteuid() == 0 ||
      ::getrlimit(static_cast<__rlimit_resource_t>(limit.resource), &own) != 0 ||
      limit.hard <= own.rlim_max) {
    return "";
  }
  return "cannot set ulimit " + std::string(name) + ": only root may raise the hard limit above " +
         std::to_string(own.rlim_max);
}

}  // namespace consort::process
