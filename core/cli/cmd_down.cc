#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/supervisor_launch.h"

#include <boost/json/value.hpp>

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"timeout", 't', "SECONDS", "Time to stop in before a service is killed"},
    {"remove-orphans", 0, "", "Stop services that the file no longer names too (always done)"},
    {"volumes", 'v', "", "Remove the project's volumes too"},
    {"rmi", 0, "WHICH", "Remove images too: those that were built here, or all", false,
     "local|all"},
    {"purge-cache", 0, "", "Remove what is kept on other hosts for the next time too: the shim"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto timeout = timeout_option(arguments, "timeout");
  if (!timeout) return context.usage(timeout.error().message());
  auto running = own_running_project(context);
  if (!running) {
    if (running.error().kind() != base::ErrorKind::not_found) return running.error();
    context.warn(running.error().message());
    return exit_code::ok;
  }
  const SupervisorEnd end(running->version);
  const api::DownRequest request{.timeout_ms = *timeout,
                                 .volumes = arguments.flag("volumes"),
                                 .images = arguments.get("rmi", ""),
                                 .purge_cache = arguments.flag("purge-cache")};
  const auto code =
      show_operation(context, running->client, "/v1/down", api::to_json(request), Aim::removed);
  if (code && *code == exit_code::ok) end.wait();
  return code;
}

}  // namespace

const Command cmd_down{
    .name = "down",
    .summary = "Stop everything and forget it",
    .usage = "[OPTIONS]",
    .details =
        "Stops the project's services in reverse order of their dependencies, removes what "
        "was made for them, and ends the supervisor. The services' own data is left alone, and "
        "volumes and images are unless asked for.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
