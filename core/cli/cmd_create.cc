#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/up_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"build", 0, "", "Build images that are there already too"},
    {"no-build", 0, "", "Build no image, also where it is missing"},
    {"pull", 0, "WHEN", "Pull images", false, "always|missing|never"},
    {"quiet-pull", 0, "", "Accepted for Docker Compose's sake"},
    {"yes", 'y', "", "Accepted for Docker Compose's sake: nothing is asked"},
    {"force-recreate", 0, "", "Replace services that have not changed too"},
    {"no-recreate", 0, "", "Leave services alone that have changed"},
    {"remove-orphans", 0, "", "Accepted for Docker Compose's sake"},
    {"scale", 0, "SERVICE=N", "Make this many replicas of a service", true},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  if (arguments.flag("force-recreate") && arguments.flag("no-recreate")) {
    return context.usage("--force-recreate and --no-recreate contradict each other");
  }
  if (arguments.flag("build") && arguments.flag("no-build")) {
    return context.usage("--build and --no-build contradict each other");
  }
  auto request = up_request(arguments);
  if (!request) return context.usage(request.error().message());
  auto project = load_to_start(context, arguments.words());
  if (!project) return project.error();
  request->project = std::move(*project);
  if (auto fits = check_scale(*request); !fits) return fits.error();
  auto supervisor = supervisor_for(context, request->project);
  if (!supervisor) return supervisor.error();
  return show_operation(context, supervisor->client, "/v1/create", api::to_json(*request),
                        Aim::created);
}

}  // namespace

const Command cmd_create{
    .name = "create",
    .summary = "Make services ready to start, and start none",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Images, networks, volumes and, where the runtime has them, containers are made; start "
        "or up starts the services. What has changed since is made anew; what runs is left "
        "alone, whether or not it has changed.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
