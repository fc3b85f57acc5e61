#include "core/config/runtime_choice.h"

#include "core/config/read.h"

namespace consort::config {
namespace {

bool has(const Node& service, std::string_view key) {
  const Entry* entry = service.find(key);
  return entry && !entry->value.is_null();
}

bool in_container(const Node& service) { return has(service, "image") || has(service, "build"); }

// The settings name known runtimes; where they do not, that is told elsewhere.
std::string implied_runtime(const Node& service, const RuntimeSchemas& runtimes) {
  const DefaultRuntimes& defaults = runtimes.defaults();
  const std::string& name = in_container(service)  ? defaults.image
                            : has(service, "host") ? defaults.host
                                                   : defaults.plain;
  const RuntimeInfo* known = runtimes.find(name);
  return known ? known->name : name;
}

}  // namespace

const RuntimeInfo* runtime_of(const Node& service, const RuntimeSchemas& runtimes) {
  if (!has(service, "runtime")) return runtimes.find(implied_runtime(service, runtimes));
  const RuntimeInfo* named = runtimes.find(service.find("runtime")->value.text);
  return named || !in_container(service) ? named : runtimes.find("container");
}

RuntimeChoice choose_runtime(const Entry& service, const Path& path, const RuntimeSchemas& runtimes,
                             Diagnostics& out) {
  if (!has(service.value, "runtime")) {
    return {implied_runtime(service.value, runtimes), {}, service.where};
  }
  const Node& value = service.value.find("runtime")->value;
  const Path runtime_path(path, "runtime");
  const auto name = read_text(value, runtime_path, out);
  if (!name) return {{}, {}, value.where};
  if (const RuntimeInfo* known = runtimes.find(*name)) return {known->name, {}, value.where};
  const auto names = runtimes.names();
  if (in_container(service.value)) {
    out.warn(value.where, runtime_path.to_string() + ": " + quote(*name) +
                              " is no runtime of Consort" + suggestion(*name, names) +
                              "; the service runs in runtime container with it as the OCI runtime");
    return {"container", *name, value.where};
  }
  out.error(value.where, "cannot read " + runtime_path.to_string() + ": unknown runtime " +
                             quote(*name) + suggestion(*name, names) +
                             " (installed: " + runtimes.installed() + ")");
  return {{}, {}, value.where};
}

}  // namespace consort::config
