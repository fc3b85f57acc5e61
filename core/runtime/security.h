#pragma once

#include <sys/types.h>

#include <filesystem>

#include "core/base/result.h"

namespace consort::runtime {

using base::Result;

// Whether only root and `user` can decide what `path` (absolute) is. Walks it from "/", following
// symbolic links: every folder, link and the file itself must be owned by root or `user` and not be
// writable by group or others. A folder like /tmp, root's and sticky, passes although it is
// writable: in it, nobody can replace what is another's. Returns the path without links, which is
// the one to open. The error names the component and says what to do.
Result<std::filesystem::path> secure_path(const std::filesystem::path& path, uid_t user);

}  // namespace consort::runtime
