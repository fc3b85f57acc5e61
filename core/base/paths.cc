#include "core/base/paths.h"

#include <unistd.h>

#include <cstdlib>

#include "core/base/file.h"

namespace consort::base {
namespace {

namespace fs = std::filesystem;

// XDG Base Directory Specification 0.8: a relative path is invalid and is ignored.
fs::path absolute_from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value != '/') return {};
  return value;
}

fs::path state_root() {
  if (auto path = absolute_from_environment("XDG_STATE_HOME"); !path.empty()) {
    return path / "consort";
  }
  if (auto home = absolute_from_environment("HOME"); !home.empty()) {
    return home / ".local/state/consort";
  }
  return "/var/tmp/consort-" + std::to_string(::geteuid());
}

fs::path runtime_root() {
  if (auto path = absolute_from_environment("XDG_RUNTIME_DIR"); !path.empty()) {
    return path / "consort";
  }
  const std::string uid = std::to_string(::geteuid());
  std::error_code ignored;
  if (const fs::path user = "/run/user/" + uid; fs::is_directory(user, ignored)) {
    return user / "consort";
  }
  if (::geteuid() == 0) return "/run/consort";
  return "/tmp/consort-" + uid;
}

}  // namespace

Result<fs::path> own_prefix() {
  std::error_code failed;
  const fs::path own = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return system_error("read", "/proc/self/exe", failed.value());
  return own.parent_path().parent_path();
}

Roots roots_from_environment() { return {state_root(), runtime_root()}; }

ProjectPaths project_paths(const Roots& roots, std::string_view project) {
  ProjectPaths paths;
  paths.state = roots.state / project;
  paths.lock = paths.state / "lock";
  paths.supervisor_log = paths.state / "supervisor.log";
  paths.store = paths.state / "record";
  paths.instances = paths.state / "instances";
  paths.runtimes = paths.state / "runtimes";
  paths.crashes = paths.state / "crashes";
  paths.starting = roots.state / ("." + std::string(project) + ".start");
  paths.runtime = roots.runtime / project;
  paths.socket = paths.runtime / "api.sock";
  return paths;
}

}  // namespace consort::base
