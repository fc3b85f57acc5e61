#include "plugins/process/limits.h"

#include <unistd.h>

#include <array>
#include <utility>

namespace consort::process {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> resources{{
    {"as", RLIMIT_AS},
    {"core", RLIMIT_CORE},
    {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},
    {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK},
    {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC},
    {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},
    {"rttime", RLIMIT_RTTIME},
    {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
}};

}  // namespace

std::optional<int> limit_resource(std::string_view name) {
  for (const auto& [known, resource] : resources) {
    if (known == name) return resource;
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
