#include <algorithm>

#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/status_text.h"
#include "core/cli/table.h"

namespace consort::cli {
namespace {

using model::ReplicaStatus;
using model::State;

constexpr Option options[] = {
    {"all", 'a', "", "Show what has ended too, and one-offs of run"},
    {"quiet", 'q', "", "Only the instances' ids"},
    {"services", 0, "", "Only the services' names"},
    {"status", 0, "STATE", "Only replicas in this state; repeat for several", true},
    {"filter", 0, "status=STATE", "As --status", true},
    {"no-trunc", 0, "", "Do not shorten the command"},
    {"orphans", 0, "", "Accepted for Docker Compose's sake: they are always shown"},
    format_option,
};

struct Filter {
  bool all = false;
  std::vector<std::string> states;
  std::vector<std::string> services;

  bool lets(const ReplicaStatus& status) const {
    if (!services.empty() && std::ranges::find(services, status.id.service) == services.end()) {
      return false;
    }
    if (!states.empty()) {
      return std::ranges::any_of(states, [&](const auto& name) { return state_is(status, name); });
    }
    if (all) return true;
    return !status.one_off && status.state != State::exited && status.state != State::stopped;
  }
};

base::Result<std::vector<std::string>> wanted_states(const Arguments& arguments) {
  auto states = arguments.values("status");
  for (const std::string& filter : arguments.values("filter")) {
    if (!filter.starts_with("status=")) {
      return base::Error(base::ErrorKind::invalid, "--filter knows status=STATE only");
    }
    states.push_back(filter.substr(7));
  }
  for (const std::string& state : states) {
    if (!is_state_name(state)) {
      return base::Error(base::ErrorKind::invalid,
                         "no state is called \"" + state +
                             "\": pending, starting, running, backoff, stopping, exited, failed, "
                             "stopped and unknown are");
    }
  }
  return states;
}

void print_table(Context& context, const std::vector<ReplicaStatus>& replicas, bool whole,
                 model::WallTime now) {
  Table table({"NAME", "RUNTIME", "COMMAND", "SERVICE", "STATUS", "PORTS"});
  for (const auto& status : replicas) {
    const std::string command = harmless(status.command);
    table.add({to_string(status.id), status.runtime,
               '"' + (whole ? command : fit(command, 30)) + '"', status.id.service,
               harmless(status_text(status, now)), base::join(status.ports, ", ")});
  }
  context.show(table.text());
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto states = wanted_states(arguments);
  if (!states) return context.usage(states.error().message());
  const Filter filter{arguments.flag("all"), std::move(*states), arguments.words()};

  std::vector<ReplicaStatus> shown;
  std::string project;
  bool complete = true;
  auto running = running_project(context);
  if (running) {
    project = running->version.project;
    complete = running->version.problem.empty();
    auto replicas = get_services(running->client);
    if (!replicas) return replicas.error();
    if (auto known = check_started(*replicas, filter.services); !known) return known.error();
    std::ranges::copy_if(*replicas, std::back_inserter(shown),
                         [&](const ReplicaStatus& status) { return filter.lets(status); });
  } else if (running.error().kind() != base::ErrorKind::not_found) {
    return running.error();
  }

  const auto now = base::system_clock().wall();
  if (arguments.flag("quiet")) {
    for (const auto& status : shown) context.out.line(status.instance);
  } else if (arguments.flag("services")) {
    std::string last;
    for (const auto& status : shown) {
      if (status.id.service != last) context.out.line(status.id.service);
      last = status.id.service;
    }
  } else if (wants_json(arguments)) {
    for (const auto& status : shown) {
      context.out.line(boost::json::serialize(ps_json(status, project, now)));
    }
  } else {
    print_table(context, shown, arguments.flag("no-trunc"), now);
  }
  return complete ? exit_code::ok : exit_code::failed;
}

}  // namespace

const Command cmd_ps{
    .name = "ps",
    .summary = "Show the services and how they stand",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "One line for each replica. What has ended is shown with -a. --format json prints "
        "an object a line, with Docker Compose's members and more. Ends with 1 where the record of "
        "the project was damaged, so that more may run than is shown.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
