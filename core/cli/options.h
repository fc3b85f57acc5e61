#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/cli/command.h"

namespace consort::cli {

// Options that may stand before the command or among its own, with Compose's names.
std::span<const Option> global_options();

// Splits a command line by `options` and, for names that are not among them, `also`. Known forms:
// --name value, --name=value, -n value, -nvalue, -abc; `--` ends the options. With
// `end_at_word` the options end at the first word. Errors (kind invalid) name the option, and the
// nearest known one; they are the cause alone.
base::Result<Arguments> parse_options(std::span<const std::string> line,
                                      std::span<const Option> options, std::span<const Option> also,
                                      bool end_at_word);

// A command line taken apart: global options (wherever they stood), the command's words.
struct Invocation {
  Arguments globals;
  const Command* command = nullptr;  // null: none was given
  Arguments arguments;
  bool help = false;
};

// Errors are usage errors: "unknown command \"upp\"; did you mean \"up\"?".
base::Result<Invocation> parse_invocation(std::span<const std::string> line,
                                          std::span<const Command* const> commands);

}  // namespace consort::cli
