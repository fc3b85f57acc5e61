#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/interpolate.h"
#include "core/config/node.h"

namespace consort::config {

// The value of a variable, and the line of the .env file that set it: line 0 is the environment.
struct Variable {
  std::string value;
  Mark where;
};

// What ${NAME} may be. Each source adds what those before did not set.
class Variables {
 public:
  void add(std::string name, Variable variable) {
    variables_.try_emplace(std::move(name), std::move(variable));
  }
  // Replaces one of the same name.
  void set(std::string name, Variable variable) {
    variables_.insert_or_assign(std::move(name), std::move(variable));
  }
  void add_all(Variables&& later) { variables_.merge(later.variables_); }

  const Variable* find(std::string_view name) const {
    const auto found = variables_.find(name);
    return found == variables_.end() ? nullptr : &found->second;
  }
  std::optional<std::string> value(std::string_view name) const {
    const Variable* found = find(name);
    return found ? std::optional(found->value) : std::nullopt;
  }
  // Must not outlive these variables.
  Lookup lookup() const {
    return [this](std::string_view name) { return value(name); };
  }
  // By name.
  const std::map<std::string, Variable, std::less<>>& all() const { return variables_; }

 private:
  std::map<std::string, Variable, std::less<>> variables_;
};

}  // namespace consort::config
