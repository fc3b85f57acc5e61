#include "core/runtime/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/runtime/library.h"
#include "core/runtime/security.h"

namespace consort::runtime {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

// The names that Consort's own plugins bring: always known words, installed or not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> own_packages{
    {{"process", "consort"}, {"container", "consort-docker"}, {"remote", "consort-ssh"}}};

std::vector<fs::path> manifests_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;  // a folder that is not there has none
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (file.size() > manifest_suffix.size() && file.ends_with(manifest_suffix)) {
      paths.push_back(it->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Fills in everything but shadowing. The error is the reason for refusing it.
Result<void> inspect(FoundRuntime& found, uid_t user) {
  const auto safe_manifest = secure_path(found.manifest_path, user);
  if (!safe_manifest) return safe_manifest.error();
  auto manifest = read_manifest(found.manifest_path);
  if (!manifest) return manifest.error();
  found.manifest = std::move(*manifest);
  found.library = found.manifest_path.parent_path() / found.manifest.library;
  const auto library = secure_path(found.library, user);
  if (!library) return library.error();
  found.library = *library;
  if (auto fits = check_abi(found.manifest); !fits) return fits.error();
  return check_exports(found.library);
}

}  // namespace

std::string_view to_string(FoundRuntime::State state) {
  switch (state) {
    case FoundRuntime::State::usable:
      return "usable";
    case FoundRuntime::State::shadowed:
      return "shadowed";
    case FoundRuntime::State::refused:
      return "refused";
  }
  return "refused";
}

Registry Registry::find(std::vector<fs::path> folders, uid_t user) {
  Registry registry;
  registry.folders_ = std::move(folders);
  for (const fs::path& folder : registry.folders_) {
    for (const fs::path& path : manifests_in(folder)) {
      FoundRuntime found;
      found.manifest_path = path;
      const std::string file = path.filename().string();
      found.name = file.substr(0, file.size() - manifest_suffix.size());
      if (auto usable = inspect(found, user); !usable) {
        found.state = FoundRuntime::State::refused;
        found.reason = usable.error().message();
      }
      const auto winner = std::find_if(registry.found_.begin(), registry.found_.end(),
                                       [&](const auto& other) { return other.name == found.name; });
      if (winner != registry.found_.end()) {
        found.state = FoundRuntime::State::shadowed;
        found.reason = "by " + winner->manifest_path.string();
      }
      registry.found_.push_back(std::move(found));
    }
  }
  return registry;
}

const FoundRuntime* Registry::lookup(std::string_view name_or_alias) const {
  for (const FoundRuntime& found : found_) {
    if (found.name == name_or_alias && found.state != FoundRuntime::State::shadowed) return &found;
  }
  for (const FoundRuntime& found : found_) {
    const auto& aliases = found.manifest.aliases;
    if (found.state != FoundRuntime::State::shadowed &&
        std::find(aliases.begin(), aliases.end(), name_or_alias) != aliases.end()) {
      return &found;
    }
  }
  return nullptr;
}

Error Registry::not_installed(std::string_view name) const {
  for (const auto& [own, package] : own_packages) {
    if (own != name) continue;
    std::vector<std::string> sought;
    for (const fs::path& folder : folders_) sought.push_back(folder.string());
    return Error(ErrorKind::not_found, "its plugin is not installed (sought in " +
                                           base::join(sought, ", ") + "): install the package " +
                                           std::string(package));
  }
  std::vector<std::string> installed;
  std::vector<std::string_view> names;
  for (const FoundRuntime& found : found_) {
    if (found.state == FoundRuntime::State::shadowed) continue;
    names.push_back(found.name);
    installed.push_back(found.name);
    if (!found.manifest.aliases.empty()) {
      installed.back() += " (or " + base::join(found.manifest.aliases, ", ") + ")";
      names.insert(names.end(), found.manifest.aliases.begin(), found.manifest.aliases.end());
    }
  }
  std::string message = "there is no such runtime";
  if (const std::string near = base::nearest(name, names); !near.empty()) {
    message += "; did you mean '" + near + "'?";
  }
  message +=
      installed.empty() ? "; none is installed" : "; installed are " + base::join(installed, ", ");
  return Error(ErrorKind::not_found, std::move(message));
}

std::string unavailable(std::string_view name, const model::Location& where) {
  const std::string place = model::to_string(where);
  return (place.empty() ? "" : place + ": ") + "runtime \"" + std::string(name) +
         "\" is not available";
}

}  // namespace consort::runtime
