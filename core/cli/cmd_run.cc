#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/frame_session.h"
#include "core/cli/in_service.h"
#include "core/cli/project_context.h"
#include "core/cli/run_overrides.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/up_request.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"name", 0, "NAME", "Name its container"},
    {"rm", 0, "", "Remove the one-off and its log when it has ended"},
    {"env", 'e', "NAME=VALUE", "Set a variable for the command", true},
    {"env-from-file", 0, "FILE", "Set the variables of a file", true},
    {"entrypoint", 0, "COMMAND", "Instead of the service's entrypoint; its command goes too"},
    {"label", 'l', "NAME=VALUE", "Add or change a label", true},
    {"volume", 'v', "SOURCE:TARGET", "Mount this too, as an item of the file's volumes", true},
    {"publish", 'p', "PORT", "Publish this port, as an item of the file's ports", true},
    {"service-ports", 'P', "", "Publish the service's ports"},
    {"cap-add", 0, "CAPABILITY", "Add a capability", true},
    {"cap-drop", 0, "CAPABILITY", "Take a capability away", true},
    {"build", 0, "", "Build its image, also if it is there already"},
    {"pull", 0, "WHEN", "Pull its image", false, "always|missing|never"},
    {"quiet-pull", 0, "", "Accepted for Docker Compose's sake: progress is not shown"},
    {"detach", 'd', "", "Return when it runs, and print its name or id"},
    {"no-deps", 0, "", "Do not start what the service depends on"},
    {"no-TTY", 'T', "", "No terminal for the command"},
    {"user", 'u', "USER", "Run as this user"},
    {"workdir", 'w', "DIR", "Run in this folder"},
    {"interactive", 'i', "", "Accepted for Docker's sake: input is always passed on"},
    {"tty", 't', "", "Accepted for Docker's sake: a terminal is the default"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto& words = arguments.words();
  const auto variables = variables_of_files(arguments);
  if (!variables) return variables.error();
  auto project =
      load_project(context, {words.front()}, run_overrides(words.front(), arguments, *variables));
  if (!project) return project.error();
  settle_capabilities(project->services.at(words.front()), arguments);

  api::RunRequest request;
  request.service = words.front();
  request.argv.assign(words.begin() + 1, words.end());
  request.environment = environment_option(arguments);
  request.working_dir = arguments.get("workdir", "");
  request.user = arguments.get("user", "");
  request.no_deps = arguments.flag("no-deps");
  request.remove = arguments.flag("rm");
  request.name = arguments.get("name", "");
  request.detach = arguments.flag("detach");
  request.publish = arguments.flag("service-ports") || arguments.flag("publish");
  request.pull = arguments.get("pull", "");
  request.build = arguments.flag("build") ? "always" : "";
  request.tty = !request.detach && wants_tty(arguments);
  request.stdin_open = !request.detach;
  if (request.tty) {
    const api::Size size = terminal_size(0);
    request.rows = size.rows;
    request.columns = size.columns;
  }
  request.project = std::move(*project);

  auto supervisor = supervisor_for(context, request.project);
  if (!supervisor) return supervisor.error();
  auto& client = supervisor->client;
  if (request.detach) {
    const auto answer = client.post("/v1/run", api::to_json(request));
    if (!answer) return answer.error();
    const auto status = model::status_from_json(answer->as_object().at("replica"));
    if (!status) return status.error();
    context.out.line(request.name.empty() ? status->instance : request.name);
    return exit_code::ok;
  }
  const auto connection = client.upgrade("/v1/run", api::to_json(request));
  if (!connection) return connection.error();
  return FrameSession{.tty = request.tty, .stdin_open = true}.run(*connection);
}

}  // namespace

const Command cmd_run{
    .name = "run",
    .summary = "Run a service once, with another command",
    .usage = "[OPTIONS] SERVICE [COMMAND [ARGS...]]",
    .details =
        "Starts what the service depends on, then one more instance of it, without its "
        "ports (-P, -p), beside those that run. The options end at SERVICE: what follows is the "
        "command's. Ends with the command's exit code.",
    .options = options,
    .words = Words::service_then_command,
    .least = 1,
    .most = any_number,
    .options_end_at_word = true,
    .run = run,
};

}  // namespace consort::cli
