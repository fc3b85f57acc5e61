#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/cli/command.h"

namespace consort::cli {

// The script for a shell that asks `consort __complete -- WORD...`; empty for an unknown shell.
std::string completion_script(std::string_view shell);

struct Candidate {
  std::string word;
  std::string help;
};

// What may stand at the end of a half-written command line; `line` is what follows `consort`, the
// last one unfinished (perhaps empty). Names of services are left to the caller: then
// `wants_services` is set, or `wants_files` where a path may stand.
struct Completion {
  std::vector<Candidate> candidates;
  bool wants_services = false;
  bool wants_files = false;
  std::vector<std::string> before;  // global options given so far, to find the project by
};
Completion complete(std::span<const std::string> line, std::span<const Command* const> commands);

}  // namespace consort::cli
