#include <set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/plan_text.h"
#include "core/cli/project_context.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/up_request.h"
#include "core/daemon/convert.h"
#include "core/plan/diff.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"scale", 0, "SERVICE=N", "Run this many replicas of a service", true},
    {"force-recreate", 0, "", "Replace services that have not changed too"},
    {"always-recreate-deps", 0, "", "Replace what the named services depend on too"},
    {"no-recreate", 0, "", "Leave services alone that have changed"},
    {"no-deps", 0, "", "Not what the services depend on"},
    {"remove-orphans", 0, "", "Stop services that the file no longer names"},
    format_option,
};

// Where nothing runs, the plan needs no supervisor.
base::Result<std::vector<api::ActionReply>> plan_from_nothing(const api::UpRequest& request) {
  const auto actions = plan::diff(request.project, {}, {}, daemon::options_from(request));
  if (!actions) return actions.error();
  return daemon::replies(*actions);
}

// Where a runtime that is needed cannot be used, `up` does nothing of this.
base::Result<void> check_runtimes(const Context& context, const model::Project& project,
                                  const std::vector<api::ActionReply>& actions) {
  std::set<std::string> starting;
  for (const auto& action : actions) {
    const bool starts =
        action.verb == "create" || action.verb == "start" || action.verb == "replace";
    if (starts) starting.insert(action.service);
  }
  const auto errors = unusable_runtimes(context, project, starting);
  if (errors.empty()) return {};
  std::vector<std::string> lines;
  for (const auto& error : errors) lines.push_back(error.message());
  return base::Error(errors.front().kind(), base::join(lines, "\n"));
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto request = up_request(arguments);
  if (!request) return context.usage(request.error().message());
  auto project = load_project(context, arguments.words());
  if (!project) return project.error();
  request->project = std::move(*project);

  auto found = running_supervisor_for(context, request->project);
  if (!found && found.error().kind() != base::ErrorKind::not_found) return found.error();
  const auto actions = found ? get_plan(found->client, *request) : plan_from_nothing(*request);
  if (!actions) return actions.error();
  if (auto fit = check_runtimes(context, request->project, *actions); !fit) return fit.error();
  if (wants_json(arguments)) {
    boost::json::array list;
    for (const auto& action : *actions) {
      list.push_back({{"verb", action.verb},
                      {"service", action.service},
                      {"index", action.index},
                      {"why", action.why}});
    }
    context.out.line(boost::json::serialize(boost::json::object{{"actions", std::move(list)}}));
  } else {
    context.show(plan_text(*actions));
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_plan{
    .name = "plan",
    .summary = "Show what up would do, and why",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "Compares the file with what runs and changes nothing.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
