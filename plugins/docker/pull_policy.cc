#include "plugins/docker/pull_policy.h"

#include <consort/values.hpp>

#include <charconv>

namespace consort::docker {
namespace {

using std::chrono::seconds;

constexpr std::string_view every = "every_";

std::optional<seconds> unit_of(char letter) {
  switch (letter) {
    case 'w':
      return seconds(7 * 24 * 3600);
    case 'd':
      return seconds(24 * 3600);
    case 'h':
      return seconds(3600);
    case 'm':
      return seconds(60);
    case 's':
      return seconds(1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<seconds> interval_of(std::string_view policy) {
  if (policy == "daily") return unit_of('d');
  if (policy == "weekly") return unit_of('w');
  if (!policy.starts_with(every)) return std::nullopt;
  policy.remove_prefix(every.size());
  seconds sum{};
  if (policy.empty()) return std::nullopt;
  while (!policy.empty()) {
    int count = 0;
    const char* const end = policy.data() + policy.size();
    const auto [at, failed] = std::from_chars(policy.data(), end, count);
    if (failed != std::errc() || at == end || count < 0) return std::nullopt;
    const auto unit = unit_of(*at);
    if (!unit) return std::nullopt;
    sum += *unit * count;
    policy.remove_prefix(static_cast<std::size_t>(at - policy.data()) + 1);
  }
  return sum;
}

ImageWish wish_of(const json::value& spec, const json::value& options) {
  using When = ImageWish::When;
  std::string policy = text_at(options, "pull");
  const json::value& build = at(options, "build");
  if (policy.empty()) policy = text_at(spec, "pull_policy");
  if (at(spec, "build").is_object()) {
    if (to_bool(build) || policy == "build") return {When::build, {}};
    return {build.is_bool() ? When::never : When::missing, {}};
  }
  if (policy == "always") return {When::always, {}};
  if (policy == "never") return {When::never, {}};
  if (const auto age = interval_of(policy)) return {When::aged, *age};
  if (policy.starts_with(every)) {
    throw Error(CONSORT_E_INVALID, "pull_policy cannot be \"" + policy +
                                       "\": after every_ comes a time, as every_12h or every_2d");
  }
  return {When::missing, {}};
}

}  // namespace consort::docker
