#include <algorithm>
#include <iterator>
#include <set>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"

#include <boost/json/value.hpp>

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"timeout", 't', "SECONDS", "Time to stop in before a service is killed"},
    {"remove-orphans", 0, "",
     "Stop services that the file no longer names too (always done unless services are named)"},
    {"volumes", 'v', "", "Remove the project's volumes too"},
    {"rmi", 0, "WHICH", "Remove images too: those that were built here, or all", false,
     "local|all"},
    {"purge-cache", 0, "", "Remove what is kept on other hosts for the next time too: the shim"},
};

// What runs and is in the file no more, neither in force nor in a disabled profile.
base::Result<std::vector<std::string>> orphans(Context& context, api::Client& client) {
  const auto loaded = load_files(context, {});
  if (!loaded) return loaded.error();
  const auto replicas = get_services(client);
  if (!replicas) return replicas.error();
  const auto& project = loaded->project;
  std::set<std::string> names;
  for (const auto& status : *replicas) names.insert(status.id.service);
  for (const auto& [name, service] : project.services) names.erase(name);
  for (const auto& name : project.disabled) names.erase(name);
  return std::vector<std::string>(names.begin(), names.end());
}

// Of the project's supervisor; it stays as long as there is a service.
bool has_services(api::Client& client) {
  const auto replicas = get_services(client);
  return replicas && !replicas->empty();
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto timeout = timeout_option(arguments, "timeout");
  if (!timeout) return context.usage(timeout.error().message());
  std::vector<std::string> services = arguments.words();
  auto running = own_running_project(context);
  if (!running) {
    if (running.error().kind() != base::ErrorKind::not_found) return running.error();
    if (auto known = check_in_file(context, services); !known) return known.error();
    context.warn(running.error().message());
    return exit_code::ok;
  }
  const SupervisorEnd end(running->version);
  if (!services.empty() && arguments.flag("remove-orphans")) {
    auto found = orphans(context, running->client);
    if (!found) return found.error();
    std::ranges::move(*found, std::back_inserter(services));
  }
  const api::DownRequest request{.services = services,
                                 .timeout_ms = *timeout,
                                 .volumes = arguments.flag("volumes"),
                                 .images = arguments.get("rmi", ""),
                                 .purge_cache = arguments.flag("purge-cache")};
  const auto code =
      show_operation(context, running->client, "/v1/down", api::to_json(request), Aim::removed);
  if (!code || *code != exit_code::ok) return code;
  if (services.empty() || !has_services(running->client)) end.wait();
  return code;
}

}  // namespace

const Command cmd_down{
    .name = "down",
    .summary = "Stop everything and forget it",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Stops the project's services in reverse order of their dependencies, removes what "
        "was made for them, and ends the supervisor. The services' own data is left alone, and "
        "volumes and images are unless asked for. Of named services only these go, with what no "
        "other uses; those that depend on them stay.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
