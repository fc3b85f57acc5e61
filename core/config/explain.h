#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/location.h"

namespace consort::config {

// A variable that a value was made of.
struct ExplainedVariable {
  enum class From { environment, file, standard, alternative, nothing };
  std::string name;
  From from = From::nothing;
  model::Location where;  // of the line that set it: From::file, or what was not taken
  std::string value;      // what it was replaced by
};

// One place that had a say in a value.
struct ExplainedStep {
  enum class How { file, extends, variant, env_file, reset, replaced };
  model::Location where;
  How how = How::file;
  std::string name;                  // of the extended service, or of the variant's runtime
  std::optional<std::string> value;  // none: `reset`, and a key without a value
  std::vector<ExplainedVariable> variables;
  bool wins = false;
};

// Where a value came from: every place that had a say, the earliest first.
struct Explanation {
  std::string path;
  std::optional<std::string> value;  // none: there is none in the end
  std::vector<ExplainedStep> steps;  // empty: no file says anything, it is a default
};

}  // namespace consort::config
