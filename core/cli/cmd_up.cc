
#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/cli/attach.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/up_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"detach", 'd', "", "Return when everything runs; the services go on"},
    {"wait", 0, "", "Return when everything is healthy, or has ended well (implies -d)"},
    {"wait-timeout", 0, "SECONDS", "Give up waiting after this time; the services go on"},
    {"scale", 0, "SERVICE=N", "Run this many replicas of a service", true},
    {"force-recreate", 0, "", "Replace services that have not changed too"},
    {"always-recreate-deps", 0, "", "Replace what the named services depend on too"},
    {"no-recreate", 0, "", "Leave services alone that have changed"},
    {"renew-anon-volumes", 'V', "", "Let what is replaced begin with empty anonymous volumes"},
    {"no-deps", 0, "", "Do not start what the services depend on"},
    {"remove-orphans", 0, "", "Stop services that the file no longer names"},
    {"build", 0, "", "Build images that are there already too"},
    {"no-build", 0, "", "Build no image, also where it is missing"},
    {"pull", 0, "WHEN", "Pull images", false, "always|missing|never"},
    {"quiet-pull", 0, "", "Accepted for Docker Compose's sake"},
    {"yes", 'y', "", "Accepted for Docker Compose's sake: nothing is asked"},
    {"no-start", 0, "", "Make everything ready, but start nothing: as create"},
    {"abort-on-container-exit", 0, "", "Stop everything when a service ends"},
    {"abort-on-container-failure", 0, "", "Stop everything when a service fails"},
    {"exit-code-from", 0, "SERVICE",
     "End with this service's code (implies --abort-on-container-exit)"},
    {"attach", 0, "SERVICE", "Show only the output of this service", true},
    {"attach-dependencies", 0, "", "Show the output of what the named services depend on too"},
    {"no-attach", 0, "SERVICE", "Do not show the output of this service", true},
    {"timeout", 't', "SECONDS", "Time to stop in before a service is killed"},
    {"timestamps", 0, "", "Show when each line was written"},
    {"no-color", 0, "", "No colours"},
    {"no-log-prefix", 0, "", "Only what the services wrote"},
};

base::Result<int> start_detached(Context& context, api::Client& client,
                                 const api::UpRequest& request) {
  const Aim aim = request.wait == "ready" ? Aim::ready : Aim::running;
  return show_operation(context, client, "/v1/up", api::to_json(request), aim,
                        request.wait_timeout_ms);
}

AttachOptions attach_options(const Context& context, const Arguments& arguments,
                             const api::UpRequest& request) {
  AttachOptions attach;
  attach.services = closure(request.project, request.services, request.no_deps);
  attach.one_shots = one_shots(request.project);
  attach.exit_code_from = arguments.get("exit-code-from", "");
  attach.abort_on_exit =
      arguments.flag("abort-on-container-exit") || !attach.exit_code_from.empty();
  attach.abort_on_failure = arguments.flag("abort-on-container-failure");
  attach.stop_timeout_ms = request.stop_timeout_ms;
  auto shown = arguments.values("attach");
  if (shown.empty()) {
    const bool all = request.services.empty() || arguments.flag("attach-dependencies");
    const auto& started = all ? attach.services : request.services;
    shown = attached_services(request.project, started);
  }
  attach.shown = {shown.begin(), shown.end()};
  for (const auto& service : arguments.values("no-attach")) attach.shown.erase(service);
  attach.style.prefix = !arguments.flag("no-log-prefix");
  attach.style.times = arguments.flag("timestamps");
  attach.style.terminal = context.out_terminal;
  if (arguments.flag("no-color")) attach.style.terminal.colors = false;
  return attach;
}

std::string contradiction(const Arguments& arguments) {
  const auto both = [&](const char* one, const char* other) {
    return arguments.flag(one) && arguments.flag(other);
  };
  if (both("force-recreate", "no-recreate")) {
    return "--force-recreate and --no-recreate contradict each other";
  }
  if (both("always-recreate-deps", "no-recreate")) {
    return "--always-recreate-deps and --no-recreate contradict each other";
  }
  if (both("attach", "attach-dependencies")) {
    return "--attach and --attach-dependencies contradict each other";
  }
  if (both("build", "no-build")) return "--build and --no-build contradict each other";
  if (both("abort-on-container-exit", "abort-on-container-failure")) {
    return "--abort-on-container-exit and --abort-on-container-failure contradict each other";
  }
  const bool detached = arguments.flag("detach") || arguments.flag("wait");
  for (const char* attached : {"abort-on-container-exit", "abort-on-container-failure",
                               "exit-code-from", "attach", "attach-dependencies", "no-attach"}) {
    if (detached && arguments.flag(attached)) {
      return std::string("--") + attached + " needs an attached up: leave out -d and --wait";
    }
  }
  return {};
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  if (const std::string text = contradiction(arguments); !text.empty()) return context.usage(text);
  auto request = up_request(arguments);
  if (!request) return context.usage(request.error().message());
  // A file that names no service any more may be there to end those that run.
  auto project = arguments.flag("remove-orphans") ? load_project(context, arguments.words())
                                                  : load_to_start(context, arguments.words());
  if (!project) return project.error();
  for (const char* option : {"exit-code-from", "attach", "no-attach"}) {
    for (const auto& service : arguments.values(option)) {
      if (auto known = check_service(*project, service); !known) {
        return known.error().wrap(std::string("--") + option);
      }
    }
  }
  request->project = std::move(*project);
  if (auto fits = check_scale(*request); !fits) return fits.error();

  auto supervisor = supervisor_for(context, request->project);
  if (!supervisor) return supervisor.error();
  auto& client = supervisor->client;
  if (arguments.flag("no-start")) {
    return show_operation(context, client, "/v1/create", api::to_json(*request), Aim::created);
  }
  if (arguments.flag("detach") || arguments.flag("wait")) {
    return start_detached(context, client, *request);
  }
  return attached_up(context, std::move(*supervisor), *request,
                     attach_options(context, arguments, *request));
}

}  // namespace

const Command cmd_up{
    .name = "up",
    .summary = "Start the services, in the order that they need",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Starts what the file asks for and does not run yet, replaces what has changed, leaves "
        "the rest alone, and shows the output. Ctrl-C stops everything in order, a second one "
        "kills. With -d or --wait the services go on when the command ends. On a project that "
        "runs, up attaches to it. A one-shot that others wait for "
        "(service_completed_successfully) does not count as an exit for "
        "--abort-on-container-exit when it ends well.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
