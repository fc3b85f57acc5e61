#pragma once

#include <span>
#include <string>

#include "core/cli/command.h"

// Help and the manual page, made from the command table. Pure.
namespace consort::cli {

std::string help_text(std::span<const Command* const> commands);
std::string help_text(const Command& command, std::size_t width);
// docs/man/consort.1, in man(7).
std::string manual_page(std::span<const Command* const> commands);

}  // namespace consort::cli
