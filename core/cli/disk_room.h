#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace consort::cli {

// How many bytes this user may still write to the file system that `path` is, or would be, on;
// nothing where that cannot be known.
std::optional<std::uint64_t> disk_room(std::filesystem::path path);

}  // namespace consort::cli
