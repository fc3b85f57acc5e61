#include "core/cli/disk_room.h"

#include <unistd.h>

namespace consort::cli {

namespace fs = std::filesystem;

std::optional<std::uint64_t> disk_room(fs::path path) {
  std::error_code failed;
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  const auto space = fs::space(path, failed);
  if (failed) return std::nullopt;
  // What is kept back is kept for root.
  return ::geteuid() == 0 ? space.free : space.available;
}

}  // namespace consort::cli
