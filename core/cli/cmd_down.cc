#include <algorithm>
#include <iterator>
#include <set>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/lone_runtime.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/temporary_folder.h"
#include "core/daemon/convert.h"
#include "core/engine/preparation.h"

#include <consort/runtime.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace consort::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// The runtime of which something can be left when nothing runs.
const std::string with_leftovers = "container";

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

asio::awaitable<base::Result<int>> release(json::object what, runtime::Driver& driver) {
  const auto released = co_await driver.release(std::move(what));
  if (!released) co_return released.error().wrap("cannot remove what the services shared");
  co_return exit_code::ok;
}

// An earlier `down` has left volumes and images, and ended the supervisor.
base::Result<int> remove_leftovers(Context& context, const api::DownRequest& request) {
  const auto project = load_project(context, {});
  if (!project) return project.error();
  const bool any = std::ranges::any_of(project->services, [](const auto& service) {
    return service.second.runtime == with_leftovers;
  });
  if (!any) return exit_code::ok;
  json::object what = daemon::release_options(request, {});
  what["project"] = engine::project_view(*project, with_leftovers, {}, {});
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  Person nobody;
  return with_lone_runtime(
      context, with_leftovers, CONSORT_EXT_PROJECT, folder->path(), nobody,
      [&](runtime::Driver& driver) { return release(std::move(what), driver); }, project->name);
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto timeout = timeout_option(arguments, "timeout");
  if (!timeout) return context.usage(timeout.error().message());
  const std::vector<std::string>& services = arguments.words();
  api::DownRequest request{.services = services,
                           .timeout_ms = *timeout,
                           .volumes = arguments.flag("volumes"),
                           .images = arguments.get("rmi", ""),
                           .purge_cache = arguments.flag("purge-cache")};
  auto running = own_running_project(context);
  if (!running) {
    if (running.error().kind() != base::ErrorKind::not_found) return running.error();
    if (auto known = check_in_file(context, services); !known) return known.error();
    context.warn(running.error().message());
    const bool more =
        request.volumes || !request.images.empty() || arguments.flag("remove-orphans");
    if (more && services.empty()) return remove_leftovers(context, request);
    return exit_code::ok;
  }
  const SupervisorEnd end(running->version);
  if (!services.empty() && arguments.flag("remove-orphans")) {
    auto found = orphans(context, running->client);
    if (!found) return found.error();
    std::ranges::move(*found, std::back_inserter(request.services));
  }
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
