#include "core/model/project.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "core/base/text.h"
#include "core/model/json.h"

namespace consort::model {
namespace {

namespace json = boost::json;

// Members in the order of their keys, so that equal values have equal text.
void append_canonical(const json::value& value, std::string& out) {
  if (const auto* object = value.if_object()) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object->size());
    for (const auto& member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out += '{';
    for (const auto* member : members) {
      out += json::serialize(json::string(member->key()));
      out += ':';
      append_canonical(member->value(), out);
      out += ',';
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      append_canonical(element, out);
      out += ',';
    }
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

void erase_locations(json::object& service) {
  service.erase("where");
  service.erase("runtime_where");
  service.erase("key_where");
  if (auto* probe = service["healthcheck"].if_object()) probe->erase("where");
  if (auto* ports = service["ports"].if_array()) {
    for (auto& port : *ports) port.as_object().erase("where");
  }
}

}  // namespace

std::string absence(const Project& project, const std::string& service) {
  if (std::ranges::find(project.disabled, service) != project.disabled.end()) {
    return "no active profile enables it (--profile does, or to name it: consort up " + service +
           ")";
  }
  std::vector<std::string_view> names;
  for (const auto& [name, unused] : project.services) names.push_back(name);
  const std::string near = base::nearest(service, names);
  return "there is no such service" + (near.empty() ? "" : "; did you mean " + near + "?");
}

std::string to_string(const Location& location) {
  if (location.file.empty() || location.line == 0) return location.file;
  return location.file + ":" + std::to_string(location.line) + ":" +
         std::to_string(location.column);
}

bool takes_input(const Service& service) {
  return service.stdin_open || (service.tty && service.runtime != "container");
}

std::string change_hash(const Service& service) {
  json::object what = to_json(service);
  erase_locations(what);
  for (const auto* key : {"replicas", "depends_on", "profiles"}) what.erase(key);
  // The same keys where the file's own mapping has them.
  auto& spec = what["spec"].as_object();
  for (const auto* key : {"scale", "replicas", "depends_on", "profiles", "pull_policy"}) {
    spec.erase(key);
  }
  if (auto* deploy = spec.if_contains("deploy"); deploy != nullptr && deploy->is_object()) {
    deploy->as_object().erase("replicas");
    if (deploy->as_object().empty()) spec.erase("deploy");
  }

  std::string text;
  append_canonical(what, text);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016llx%016llx",
                static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return digits;
}

std::string_view to_string(Condition condition) {
  switch (condition) {
    case Condition::started:
      return "service_started";
    case Condition::healthy:
      return "service_healthy";
    case Condition::completed_successfully:
      return "service_completed_successfully";
  }
  return {};
}

std::optional<Condition> parse_condition(std::string_view text) {
  for (const auto condition :
       {Condition::started, Condition::healthy, Condition::completed_successfully}) {
    if (text == to_string(condition)) return condition;
  }
  return std::nullopt;
}

std::string_view to_string(RestartCondition condition) {
  switch (condition) {
    case RestartCondition::never:
      return "no";
    case RestartCondition::on_failure:
      return "on-failure";
    case RestartCondition::always:
      return "always";
    case RestartCondition::unless_stopped:
      return "unless-stopped";
  }
  return {};
}

}  // namespace consort::model
