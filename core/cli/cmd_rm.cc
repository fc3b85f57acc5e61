#include <unistd.h>

#include <algorithm>
#include <iostream>

#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/services_request.h"

namespace consort::cli {
namespace {

using model::State;

constexpr Option options[] = {
    {"force", 'f', "", "Do not ask"},
    {"stop", 's', "", "Stop what runs, and remove it too"},
    {"volumes", 'v', "", "Remove the volumes without a name of what is removed too"},
};

bool is_meant(const model::ReplicaStatus& status, const std::vector<std::string>& services,
              bool running_too) {
  if (status.one_off) return false;
  if (!services.empty() && std::ranges::find(services, status.id.service) == services.end()) {
    return false;
  }
  return running_too || status.state == State::exited || status.state == State::stopped ||
         status.state == State::failed;
}

// Asks on standard error; anything but a yes is a no.
bool agreed(Context& context, const std::vector<std::string>& names) {
  context.err.write("Going to remove " + base::join(names, ", ") + "\nAre you sure? [yN] ");
  context.err.flush();
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = own_running_project(context, arguments.words());
  if (!running) return running.error();
  const auto replicas = get_services(running->client);
  if (!replicas) return replicas.error();
  if (auto known = check_started(*replicas, arguments.words()); !known) return known.error();
  api::ServicesRequest request = services_request(arguments);
  request.stop = arguments.flag("stop");
  request.volumes = arguments.flag("volumes");
  std::vector<std::string> names;
  for (const auto& status : *replicas) {
    if (is_meant(status, request.services, request.stop)) names.push_back(to_string(status.id));
  }
  if (names.empty()) {
    context.warn(request.stop ? "nothing to remove" : "nothing to remove: what is meant runs");
    return exit_code::ok;
  }
  if (!arguments.flag("force") && !agreed(context, names)) return exit_code::ok;
  return show_operation(context, running->client, "/v1/rm", api::to_json(request), Aim::removed);
}

}  // namespace

const Command cmd_rm{
    .name = "rm",
    .summary = "Remove services that do not run",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "Forgets them, with their logs and, where the runtime has them, their containers; up "
        "makes them anew. Networks and volumes with a name stay until down.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
