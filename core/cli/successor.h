#pragma once

#include <optional>
#include <string>

#include "core/cli/context.h"
#include "core/cli/supervisor_launch.h"

namespace consort::cli {

inline constexpr std::string_view taken_over = "the supervisor had ended; a new one has taken over";

// What takes over from a supervisor whose stream has broken off. Nothing where the project was
// taken down. `unavailable` where the supervisor was stopped on purpose (`supervisor stop`,
// SIGTERM), unless another has its place by now.

// For what only looks on: starts none, but waits for the next one, and says so. Nothing, too, once
// `interrupt_fd` is readable.
base::Result<std::optional<Supervisor>> awaited_successor(Context& context,
                                                          const api::Version& ended,
                                                          int interrupt_fd);
// For an attached `up`: one that was killed is replaced.
base::Result<std::optional<Supervisor>> started_successor(Context& context,
                                                          const api::Version& ended);

}  // namespace consort::cli
