#pragma once

#include <filesystem>

#include "core/base/result.h"

namespace consort::base {

// An error that names `path` unless it is a directory that nobody but this user and root may
// change: no symbolic link, of this user (or of root), not writable by others. Makes nothing;
// `not_found`: there is none. ensure_private_directory (file.h) makes one.
Result<void> check_private_directory(const std::filesystem::path& path);

}  // namespace consort::base
