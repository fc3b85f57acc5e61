#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// The table that a TOML 1.0 text is, in the order of its file. Numbers and booleans become plain
// scalars, everything else that is no table or array a quoted one. nullopt after an error, which is
// in `out` with its place. `file` is the name to show and must outlive the node.
std::optional<Node> parse_toml(std::string_view text, const std::string& file, Diagnostics& out);

}  // namespace consort::config
