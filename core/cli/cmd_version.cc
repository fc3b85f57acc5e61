#include <boost/json/serialize.hpp>

#include "core/cli/commands.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"short", 0, "", "Only the number"},
    {"format", 'f', "FORMAT", "How to print it", false, "pretty|json"},
};

std::string api_text(int major, int minor) {
  return std::to_string(major) + '.' + std::to_string(minor);
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  if (arguments.flag("short")) {
    context.out.line(CONSORT_VERSION);
    return exit_code::ok;
  }
  // The supervisor of a project that was named; reading files is not worth it here.
  std::optional<api::Version> running;
  const char* const variable = std::getenv("COMPOSE_PROJECT_NAME");
  const auto project = context.globals.get("project-name", variable == nullptr ? "" : variable);
  if (!project.empty()) {
    if (auto found = find_supervisor(project); found && *found) running = (*found)->version;
  }
  if (wants_json(arguments)) {
    boost::json::object object{{"version", CONSORT_VERSION},
                               {"api", api_text(api::api_major, api::api_minor)}};
    if (running) {
      object["supervisor"] = {{"version", running->version},
                              {"api", api_text(running->major, running->minor)},
                              {"pid", running->pid},
                              {"project", running->project}};
    }
    context.out.line(boost::json::serialize(object));
    return exit_code::ok;
  }
  context.out.line(std::string("consort version ") + CONSORT_VERSION + " (API " +
                   api_text(api::api_major, api::api_minor) + ")");
  if (running) {
    context.out.line("supervisor of " + running->project + ": version " + running->version +
                     " (API " + api_text(running->major, running->minor) + ", pid " +
                     std::to_string(running->pid) + ")");
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_version{
    .name = "version",
    .summary = "Show the version",
    .usage = "[OPTIONS]",
    .details = "With -p NAME also that of the project's supervisor.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
