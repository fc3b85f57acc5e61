#include <unistd.h>

#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/frame_session.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"index", 0, "N", "Which replica (1 if not given)"},
    {"no-stdin", 0, "", "Show the output alone"},
    {"sig-proxy", 0, "BOOL", "Pass signals on to the service", false, "true|false"},
    {"detach-keys", 0, "KEYS", "What leaves the service's terminal (ctrl-p,ctrl-q)"},
};

// The service as it was brought up; nothing where it was not.
base::Result<model::Service> brought_up(api::Client& client, const std::string& name) {
  const auto answer = client.get("/v1/project");
  if (!answer) return answer.error();
  const auto project = model::project_from_json(answer->as_object().at("project"));
  if (!project) return project.error();
  const auto found = project->services.find(name);
  return found == project->services.end() ? model::Service() : found->second;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto index = index_option(arguments, 1);
  if (!index) return context.usage(index.error().message());
  auto keys = DetachKeys::parse(arguments.get("detach-keys", "ctrl-p,ctrl-q"));
  if (!keys) return context.usage("--detach-keys: " + keys.error().message());
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();

  api::AttachRequest request;
  request.service = arguments.words().front();
  request.index = *index;
  request.stdin_open = !arguments.flag("no-stdin");
  const auto service = brought_up(running->client, request.service);
  if (!service) return service.error();

  FrameSession session;
  session.stdin_open = request.stdin_open && model::takes_input(*service);
  session.tty = session.stdin_open && service->tty && ::isatty(0) == 1;
  // In the terminal of a service Ctrl-C is a key like any other.
  session.pass_signals = !session.tty && arguments.get("sig-proxy", "true") == "true";
  if (session.tty) session.detach_keys = std::move(*keys);
  const auto connection = running->client.upgrade("/v1/attach", api::to_json(request));
  if (!connection) return connection.error();
  return session.run(*connection);
}

}  // namespace

const Command cmd_attach{
    .name = "attach",
    .summary = "Connect with a service's own input and output",
    .usage = "[OPTIONS] SERVICE",
    .details =
        "Shows what the service writes from now on. What is typed goes to its standard input "
        "where it has one (stdin_open, tty), Ctrl-C goes to it as SIGINT, and Ctrl-P Ctrl-Q "
        "leave its terminal, the service running. Ends when the service ends, with its exit "
        "code.",
    .options = options,
    .words = Words::services,
    .least = 1,
    .most = 1,
    .run = run,
};

}  // namespace consort::cli
