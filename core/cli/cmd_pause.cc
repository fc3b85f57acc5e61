#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/services_request.h"

namespace consort::cli {
namespace {

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  const api::ServicesRequest request = services_request(arguments);
  return show_operation(context, running->client, "/v1/pause", api::to_json(request), Aim::running);
}

}  // namespace

const Command cmd_pause{
    .name = "pause",
    .summary = "Halt services where they are",
    .usage = "[SERVICE...]",
    .details =
        "Every process of them stands still and keeps what it has; health is not checked "
        "meanwhile. "
        "What does not run is left out.",
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
