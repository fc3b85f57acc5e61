#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/services_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"timeout", 't', "SECONDS", "Time to stop in before a service is killed"},
    {"no-deps", 0, "", "Leave the services alone that depend on them"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto timeout = timeout_option(arguments, "timeout");
  if (!timeout) return context.usage(timeout.error().message());
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  api::ServicesRequest request = services_request(arguments);
  request.timeout_ms = *timeout;
  request.no_deps = arguments.flag("no-deps");
  return show_operation(context, running->client, "/v1/restart", api::to_json(request),
                        Aim::running);
}

}  // namespace

const Command cmd_restart{
    .name = "restart",
    .summary = "Stop and start services",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Restarts them as they are recorded, and those that depend on them with "
        "`restart: true`. A changed file is taken up by up.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
