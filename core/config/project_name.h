#pragma once

#include <string>
#include <string_view>

namespace consort::config {

// [a-z0-9][a-z0-9_-]*
bool is_project_name(std::string_view name);

// Lower case, other characters removed, leading _ and - trimmed; may be empty.
std::string normalize_project_name(std::string_view name);

}  // namespace consort::config
