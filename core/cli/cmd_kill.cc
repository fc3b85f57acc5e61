#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/services_request.h"
#include "core/cli/signal_name.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"signal", 's', "SIGNAL", "The signal to send (SIGKILL if not given)"},
    {"remove-orphans", 0, "", "Accepted for Docker Compose's sake"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto signal = signal_name(arguments.get("signal", "SIGKILL"));
  if (!signal) return context.usage(signal.error().message());
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  api::ServicesRequest request = services_request(arguments);
  request.signal = *signal;
  const auto answer = running->client.post("/v1/kill", api::to_json(request));
  if (!answer) return answer.error();
  const auto outcome = api::outcome_from_json(*answer);
  if (!outcome) return outcome.error();
  Screen screen(context, Aim::stopped);
  print_failures(screen, context, *outcome);
  return outcome->failures.empty() ? exit_code::ok : exit_code::failed;
}

}  // namespace

const Command cmd_kill{
    .name = "kill",
    .summary = "Send a signal to services",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "The signal goes to the services' own processes. Without -s they are killed, and "
        "stay so.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
