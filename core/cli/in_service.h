#pragma once

#include <string>
#include <vector>

#include "core/cli/command.h"

// What `exec` and `run` share.
namespace consort::cli {

// A terminal for the command: unless -T, where standard input and output are terminals.
bool wants_tty(const Arguments& arguments);

// -e: "K=V", or "K" with the value that it has here; one that is not set is left out.
std::vector<std::string> environment_option(const Arguments& arguments);

}  // namespace consort::cli
