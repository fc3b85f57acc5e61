#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/record/segments.h"

namespace consort::record {

struct TailQuery {
  std::uint64_t lines = 0;                     // whole lines (F records) wanted
  std::optional<base::WallTime> since, until;  // others do not count
};

struct Tail {
  LogPosition start;        // of the first record wanted
  std::uint64_t lines = 0;  // found from there on
};

// Where the last lines before `end` start. Reads backwards from the end, in blocks.
base::Result<Tail> find_tail(const std::filesystem::path& log, LogPosition end,
                             const TailQuery& query);

// The segment to start at for records of `since` and later: found by the first record of each.
LogPosition find_since(const std::filesystem::path& log, base::WallTime since);

}  // namespace consort::record
