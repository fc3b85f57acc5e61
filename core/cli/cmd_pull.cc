#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/image_work.h"
#include "core/cli/project_context.h"
#include "core/cli/up_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"ignore-buildable", 0, "", "Leave images out that can be built"},
    {"ignore-pull-failures", 0, "", "Pull what can be pulled, and end with 0"},
    {"include-deps", 0, "", "Also of the services that these depend on"},
    {"policy", 0, "WHEN", "Pull all (if not given), or only what is not there", false,
     "always|missing"},
    {"quiet", 'q', "", "Show what fails only"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto project = load_project(context, arguments.words());
  if (!project) return project.error();
  const bool alone = !arguments.flag("include-deps");
  std::vector<std::string> services;
  for (auto& name : closure(*project, arguments.words(), alone)) {
    const auto& spec = project->services.at(name).spec;
    if (!spec.contains("image") && !spec.contains("build")) {
      if (!arguments.words().empty()) context.warn(name + " has no image: nothing to pull");
      continue;
    }
    if (spec.contains("build") && arguments.flag("ignore-buildable")) continue;
    services.push_back(std::move(name));
  }
  api::ImagesRequest request;
  request.policy = arguments.get("policy", "");
  auto code = get_images(context, std::move(*project), std::move(services), "/v1/pull",
                         std::move(request), arguments.flag("quiet"));
  const bool forgiven = arguments.flag("ignore-pull-failures");
  if (code && *code == exit_code::failed && forgiven) return exit_code::ok;
  return code;
}

}  // namespace

const Command cmd_pull{
    .name = "pull",
    .summary = "Pull the images of services",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Pulls what the file names as image, also where one is there already. Nothing that "
        "runs is changed: up replaces what runs from an older image. Services without an "
        "image, and those whose pull_policy is never or build, are left out.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
