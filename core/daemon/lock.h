#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/file.h"

namespace consort::daemon {

// The right to supervise a project: an exclusive flock on its lock file, which names the holder's
// pid. Ends with the object or the process, whichever comes first. Children do not inherit it.
class ProjectLock {
 public:
  // Makes the state directory, and the one of all projects above it, if need be; both must be
  // private. An error of kind `conflict` names the present holder.
  static base::Result<ProjectLock> take(const std::filesystem::path& path,
                                        std::string_view project);

  // Does the file at `path` still carry this lock? Else another supervisor may have one there.
  bool holds(const std::filesystem::path& path) const;

  void release() { fd_.reset(); }

 private:
  explicit ProjectLock(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
};

}  // namespace consort::daemon
