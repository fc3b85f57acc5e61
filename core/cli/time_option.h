#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/cli/command.h"
#include "core/model/event.h"

namespace consort::cli {

// A time as `logs --since` and `events --since` take it: RFC 3339, a date ("2026-01-02", UTC), a
// number of seconds since 1970 ("1767312000.5"), or a duration before `now` ("10m").
std::optional<model::WallTime> parse_time_option(std::string_view text, model::WallTime now);

base::Result<std::optional<model::WallTime>> time_option(const Arguments& arguments,
                                                         std::string_view name);

}  // namespace consort::cli
