#pragma once

#include <string>
#include <vector>

#include "core/api/protocol.h"

namespace consort::cli {

// A plan for people: what is done, in order, with why; then a summary line. Pure.
std::string plan_text(const std::vector<api::ActionReply>& actions);

}  // namespace consort::cli
