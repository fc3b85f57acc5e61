#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/services_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"wait", 0, "", "Return when everything is healthy, or has ended well"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  api::ServicesRequest request = services_request(arguments);
  const bool ready = arguments.flag("wait");
  request.wait = ready ? "ready" : "started";
  return show_operation(context, running->client, "/v1/start", api::to_json(request),
                        ready ? Aim::ready : Aim::running);
}

}  // namespace

const Command cmd_start{
    .name = "start",
    .summary = "Start services that were stopped",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "Starts them as they are recorded, without reading the file again: up does that.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
