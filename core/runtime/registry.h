#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/location.h"
#include "core/runtime/manifest.h"

namespace consort::runtime {

// One manifest that was found. What is known without running any of the plugin's code.
struct FoundRuntime {
  enum class State {
    usable,
    shadowed,  // an earlier folder has a runtime of this name
    refused,   // cannot be used: `reason` says why
  };

  std::string name;
  std::filesystem::path manifest_path;
  State state = State::usable;
  std::string reason;
  Manifest manifest;              // empty if refused because it could not be read
  std::filesystem::path library;  // absolute, without links, if usable; else where it should be
};
std::string_view to_string(FoundRuntime::State state);

// The runtimes of this machine: every NAME.runtime.json in the folders of the search path, in
// order. Immutable once found; find() reads files only. The first of a name wins, even if it is
// refused: falling back silently would hide what is wrong with it.
class Registry {
 public:
  // `user` is whose files are trusted beside root's (secure_path).
  static Registry find(std::vector<std::filesystem::path> folders, uid_t user);

  const std::vector<FoundRuntime>& all() const { return found_; }
  const std::vector<std::filesystem::path>& folders() const { return folders_; }

  // The one that wins, by its name or else by an alias; null if there is none.
  const FoundRuntime* lookup(std::string_view name_or_alias) const;

  // Why lookup(name) is null, with the nearest name and the installed ones, or with the package to
  // install where `name` is one of Consort's own.
  base::Error not_installed(std::string_view name) const;

 private:
  std::vector<std::filesystem::path> folders_;
  std::vector<FoundRuntime> found_;
};

// `FILE:LINE:COL: runtime "NAME" is not available`, with the place that asks for it.
std::string unavailable(std::string_view name, const model::Location& where);

}  // namespace consort::runtime
