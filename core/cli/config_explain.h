#pragma once

#include <string>

#include "core/config/explain.h"

namespace consort::cli {

// Where a value came from, for people: one line for every place that had a say, the earliest first;
// "*" marks the one that won.
std::string explanation_text(const config::Explanation& explanation);

}  // namespace consort::cli
