#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/node.h"

namespace consort::config {

// The value of a variable, or nullopt if it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// What one value may become, and all values together: variables that name each other double.
constexpr std::size_t largest_value = std::size_t{1} << 20;
constexpr std::size_t largest_values = std::size_t{16} << 20;

// Names that were not set, had no default, and so became empty. Told to the person once each.
using Unset = std::set<std::string, std::less<>>;

// A variable that a text names.
struct VariableUse {
  enum class Operator { none, standard, required, alternative };  // ${N} ${N:-a} ${N:?a} ${N:+a}
  std::string name;
  std::optional<std::string> value;
  Operator op = Operator::none;
  std::string argument;  // of the operator, as it is written
  bool took_argument = false;
};

// Replaces $NAME and the ${...} forms in `text` by Compose's rules: ${N:-d} ${N-d} ${N:?e} ${N?e}
// ${N:+x} ${N+x}, nested to any depth, `$$` for a dollar sign. An unset name without a default
// becomes empty and is added to `unset`; every name is added to `uses` where that is given. The
// error is the cause alone. Source: Compose specification, "Interpolation", and compose-go's
// template package.
base::Result<std::string> interpolate(std::string_view text, const Lookup& lookup, Unset& unset,
                                      std::vector<VariableUse>* uses = nullptr);

// Told of every value that names variables.
using UseListener = std::function<void(const Mark& where, std::vector<VariableUse> uses)>;

// What is remembered over several files.
struct Interpolated {
  Unset warned;           // each unset name is warned about once, at its first place
  std::size_t bytes = 0;  // of all values that named variables
};

// Interpolates every value below `node` in place; keys stay as they are. Values that become too
// large are errors.
void interpolate_values(Node& node, const Path& path, const Lookup& lookup, Interpolated& before,
                        Diagnostics& out, const UseListener* listener = nullptr);

}  // namespace consort::config
