#pragma once

#include <optional>
#include <string_view>

#include "core/cli/context.h"
#include "core/cli/progress.h"
#include "core/cli/requests.h"
#include "core/cli/screen.h"

namespace consort::cli {

// Does one operation of the API with its progress shown; prints what failed. The exit code: ok,
// failed, timed_out (it failed once `limit_ms`, which the supervisor was told, had passed), or
// interrupted (the operation goes on in the supervisor, which is said).
base::Result<int> show_operation(Context& context, api::Client& client, std::string_view path,
                                 const boost::json::value& body, Aim aim,
                                 std::optional<std::int64_t> limit_ms = std::nullopt);

// Prints each failure of an outcome, "service: message", and what is only named (orphans).
void print_failures(Screen& screen, const Context& context, const api::OutcomeReply& outcome);

// A number of seconds ("10", "1.5") as Compose takes for -t, or a duration ("1m30s"), in ms.
base::Result<std::optional<std::int64_t>> timeout_option(const Arguments& arguments,
                                                         std::string_view name);

// --index; `otherwise` where it was not given.
base::Result<std::uint32_t> index_option(const Arguments& arguments, std::uint32_t otherwise);

}  // namespace consort::cli
