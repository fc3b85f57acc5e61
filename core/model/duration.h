#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace consort::model {

using base::Duration;

// Compose durations: one or more of <number><unit> with the units ns us µs ms s m h d w, decimals
// and a sign allowed, and the bare "0" ("1h5m30s20ms"). Anything else is nullopt.
// Source: Compose specification, "Specifying durations", and compose-go's go-str2duration.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest exact form in the same units, as Go prints it: "1h5m30s", "1.5s", "20ms", "0s".
std::string format_duration(Duration duration);

}  // namespace consort::model
