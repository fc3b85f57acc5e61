#pragma once

#include <string_view>

namespace consort::ssh {

// launcher.sh: what does the shim's work, as far as a shell can, where the shim does not run.
extern const std::string_view launcher_script;

}  // namespace consort::ssh
