#include <cstdlib>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/image_work.h"
#include "core/cli/project_context.h"
#include "core/cli/up_request.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"build-arg", 0, "NAME=VALUE", "Set an argument of the build; NAME alone: as it is set here",
     true},
    {"no-cache", 0, "", "Use nothing of an earlier build"},
    {"pull", 0, "", "Pull the images that these are built on"},
    {"quiet", 'q', "", "Show what fails only"},
    {"with-dependencies", 0, "", "Also the services that these depend on"},
};

std::map<std::string, std::string> build_arguments(const Arguments& arguments) {
  std::map<std::string, std::string> given;
  for (const std::string& text : arguments.values("build-arg")) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals != std::string::npos) {
      given[name] = text.substr(equals + 1);
    } else if (const char* const value = std::getenv(name.c_str())) {
      given[name] = value;
    }
  }
  return given;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto project = load_project(context, arguments.words());
  if (!project) return project.error();
  const bool alone = !arguments.flag("with-dependencies");
  std::vector<std::string> services;
  for (auto& name : closure(*project, arguments.words(), alone)) {
    if (project->services.at(name).spec.contains("build")) services.push_back(std::move(name));
  }
  if (services.empty()) context.warn("nothing to build: no service has `build`");
  api::ImagesRequest request;
  request.arguments = build_arguments(arguments);
  request.no_cache = arguments.flag("no-cache");
  request.pull = arguments.flag("pull");
  return get_images(context, std::move(*project), std::move(services), "/v1/build",
                    std::move(request), arguments.flag("quiet"));
}

}  // namespace

const Command cmd_build{
    .name = "build",
    .summary = "Build the images of services",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Builds the images of the services that have build, one after another, and shows the "
        "output. Nothing that runs is changed: up replaces what runs from an older image.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
