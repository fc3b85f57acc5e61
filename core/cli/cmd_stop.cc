#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/services_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"timeout", 't', "SECONDS", "Time to stop in before a service is killed"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto timeout = timeout_option(arguments, "timeout");
  if (!timeout) return context.usage(timeout.error().message());
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  api::ServicesRequest request = services_request(arguments);
  request.timeout_ms = *timeout;
  return show_operation(context, running->client, "/v1/stop", api::to_json(request), Aim::stopped);
}

}  // namespace

const Command cmd_stop{
    .name = "stop",
    .summary = "Stop services and remember them",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "Stops them in reverse order of their dependencies. start starts them again.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
