#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace consort::record {

// An instance's log is <instance>/log/NNNNNNNN.log: numbered segments, each complete before the
// next is made, numbers never used again, the oldest removed by their writer.
std::filesystem::path log_directory(const std::filesystem::path& instance);
std::filesystem::path segment_path(const std::filesystem::path& log, std::uint32_t number);

// In order; empty if there is no such directory.
std::vector<std::uint32_t> list_segments(const std::filesystem::path& log);

// The smallest number above `number` that exists. While that segment itself exists its successor is
// the next number, unless `holes` says to look further (somebody removed one in the middle).
std::optional<std::uint32_t> next_segment(const std::filesystem::path& log, std::uint32_t number,
                                          bool holes = false);

// A place in an instance's log.
struct LogPosition {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;

  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

// The first place, and the end as it is now.
LogPosition log_begin(const std::filesystem::path& log);
LogPosition log_end(const std::filesystem::path& log);

}  // namespace consort::record
