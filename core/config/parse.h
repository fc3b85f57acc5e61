#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// What a file may cost at most. A file beyond one is refused at the place where it goes too far.
struct ParseLimits {
  std::size_t bytes = std::size_t{16} << 20;  // of all files of the project
  std::size_t nodes = 500'000;                // after aliases are expanded
  int depth = 100;
};

// What reading a file has cost.
struct ParseUse {
  std::size_t nodes = 0;
};

// The documents of a YAML text, in order. Keys that are no texts are errors (Compose refuses them,
// and 0x10 or yes would not mean the same to every reader). nullopt after an error, which is
// in `out` with its place. Duplicate keys are errors at the second one. `file` is the name to show
// and must outlive the nodes.
std::optional<std::vector<Node>> parse_yaml(std::string_view text, const std::string& file,
                                            Diagnostics& out, const ParseLimits& limits = {},
                                            ParseUse* use = nullptr);

// A text of one document, a map in block style that begins with `name`, whose value is a text: a
// document of this key alone. The rest is not read, however long or wrong it is. nullopt: it is
// another text; nothing is told of it.
std::optional<std::vector<Node>> parse_leading_name(std::string_view text, const std::string& file);

}  // namespace consort::config
