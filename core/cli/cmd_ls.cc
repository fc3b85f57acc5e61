#include <map>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/table.h"
#include "core/daemon/journal.h"
#include "core/model/json.h"
#include "core/record/peek.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"all", 'a', "", "Show projects that have ended too"},
    {"quiet", 'q', "", "Only the names"},
    {"filter", 0, "name=NAME", "Only this project", true},
    format_option,
};

struct Row {
  std::string name;
  std::string status;  // "running(3), exited(1)"
  std::vector<std::string> files;
  std::string directory;
  std::int64_t pid = 0;  // of the supervisor; 0: none runs
  bool active = false;
};

void describe(Row& row, const boost::json::value* project) {
  const auto read = project ? model::project_from_json(*project) : model::Project();
  if (!read) return;
  row.files = read->files;
  row.directory = read->directory;
}

// As the supervisor has it; as its record has it where none runs.
void describe(Row& row, api::Client& client) {
  const auto answer = client.get("/v1/project");
  if (answer && answer->is_object()) describe(row, answer->get_object().if_contains("project"));
}
void describe(Row& row, const base::ProjectPaths& paths) {
  const auto stored = record::peek(paths.store, daemon::project_key);
  describe(row, stored ? &*stored : nullptr);
}

Row look_at_project(Context& context, const std::string& name) {
  Row row;
  row.name = name;
  auto found = find_supervisor(name);
  if (found && !*found) {
    // What it started may still run: the next command about it starts a supervisor that looks.
    describe(row, base::project_paths(base::roots_from_environment(), name));
    row.status = "no supervisor";
    row.active = true;
    return row;
  }
  if (!found) {
    context.warn(found.error().message());
    row.status = "does not answer";
    row.active = true;
    return row;
  }
  auto& [client, version] = **found;
  row.pid = version.pid;
  row.directory = version.directory;
  describe(row, client);
  std::map<std::string, int> counts;
  if (const auto replicas = get_services(client)) {
    for (const auto& status : *replicas) {
      if (status.one_off && has_ended(status.state)) continue;
      ++counts[std::string(to_string(status.state))];
      row.active = row.active || !has_ended(status.state);
    }
  }
  for (const auto& [state, count] : counts) {
    row.status += (row.status.empty() ? "" : ", ") + state + '(' + std::to_string(count) + ')';
  }
  if (!version.problem.empty()) {
    context.warn(version.problem);
    row.status += row.status.empty() ? "record damaged" : ", record damaged";
    row.active = true;
  }
  if (row.status.empty()) row.status = "empty";
  return row;
}

bool wanted(const std::vector<std::string>& filters, const std::string& name) {
  if (filters.empty()) return true;
  for (const std::string& filter : filters) {
    if (filter.starts_with("name=") && name.find(filter.substr(5)) != std::string::npos)
      return true;
  }
  return false;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto filters = arguments.values("filter");
  for (const std::string& filter : filters) {
    if (!filter.starts_with("name=")) return context.usage("--filter knows name=NAME only");
  }
  std::vector<Row> rows;
  for (const std::string& name : known_projects(base::roots_from_environment())) {
    if (!wanted(filters, name)) continue;
    Row row = look_at_project(context, name);
    if (row.active || arguments.flag("all")) rows.push_back(std::move(row));
  }
  if (arguments.flag("quiet")) {
    for (const Row& row : rows) context.out.line(row.name);
  } else if (wants_json(arguments)) {
    boost::json::array list;
    for (const Row& row : rows) {
      list.push_back({{"Name", row.name},
                      {"Status", row.status},
                      {"ConfigFiles", base::join(row.files, ",")},
                      {"Directory", row.directory},
                      {"pid", row.pid}});
    }
    context.out.line(boost::json::serialize(list));
  } else {
    Table table({"NAME", "STATUS", "CONFIG FILES", "PID"});
    for (const Row& row : rows) {
      table.add({row.name, row.status, base::join(row.files, ","),
                 row.pid == 0 ? "-" : std::to_string(row.pid)});
    }
    context.show(table.text());
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_ls{
    .name = "ls",
    .summary = "Show this user's projects",
    .usage = "[OPTIONS]",
    .details =
        "Every project that runs, with its supervisor's process id. A project whose "
        "supervisor was killed is shown too, as its record has it: its services go on, and the "
        "next command "
        "about it starts a new supervisor.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
