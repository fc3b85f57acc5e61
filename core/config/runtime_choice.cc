#include "core/config/runtime_choice.h"

#include "core/config/read.h"

namespace consort::config {
namespace {

bool has(const Node& service, std::string_view key) {
  const Entry* entry = service.find(key);
  return entry && !entry->value.is_null();
}

}  // namespace

RuntimeChoice choose_runtime(const Entry& service, const Path& path, const RuntimeSchemas& runtimes,
                             Diagnostics& out) {
  const bool container = has(service.value, "image") || has(service.value, "build");
  if (!has(service.value, "runtime")) {
    const bool remote = has(service.value, "host");
    return {container ? "container" : remote ? "remote" : "process", {}, service.where};
  }
  const Node& value = service.value.find("runtime")->value;
  const Path runtime_path(path, "runtime");
  const auto name = read_text(value, runtime_path, out);
  if (!name) return {{}, {}, value.where};
  if (const RuntimeInfo* known = runtimes.find(*name)) return {known->name, {}, value.where};
  const auto names = runtimes.names();
  if (container) {
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
