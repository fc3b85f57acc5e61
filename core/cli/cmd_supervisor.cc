#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/supervisor_program.h"
#include "core/cli/table.h"
#include "core/config/project_name.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr Option run_options[] = {
    {"project", 0, "NAME", "The project to supervise"},
    {"ready-fd", 0, "FD", "Write a line here when it answers, or why it cannot"},
};

// Becomes consort-supervisor.
base::Result<int> run_supervisor(Context& context, const Arguments& arguments) {
  const std::string project = arguments.get("project", context.globals.get("project-name", ""));
  if (!config::is_project_name(project)) {
    return context.usage("--project needs the name of a project");
  }
  int ready_fd = -1;
  if (const auto text = arguments.value("ready-fd")) {
    const auto [at, error] = std::from_chars(text->data(), text->data() + text->size(), ready_fd);
    if (error != std::errc() || at != text->data() + text->size() ||
        ::fcntl(ready_fd, F_GETFD) < 0) {
      return context.usage("--ready-fd needs an open descriptor");
    }
  } else if (auto other = find_supervisor(project); other && *other) {
    return Error(ErrorKind::conflict, "a supervisor of project " + project + " runs already (pid " +
                                          std::to_string((*other)->version.pid) + ")");
  }
  const auto program = supervisor_program();
  if (!program) return program.error();
  auto words = supervisor_words(project, plugin_dirs(context), ready_fd);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program->c_str(), argv.data());
  return base::system_error("start", *program, errno);
}

base::Result<int> stop_supervisor(Context& context, const Arguments&) {
  const auto name = project_name(context);
  if (!name) return name.error();
  auto found = find_supervisor(*name);
  if (!found) return found.error();
  if (!*found) {
    context.warn("no supervisor of project " + *name + " runs");
    return exit_code::ok;
  }
  if (auto ended = end_supervisor(**found); !ended) return ended.error();
  return exit_code::ok;
}

base::Result<int> restart_supervisor(Context& context, const Arguments&) {
  const auto name = project_name(context);
  if (!name) return name.error();
  const auto found = find_supervisor(*name);
  if (!found) return found.error();
  if (!*found && !has_record(base::project_paths(base::roots_from_environment(), *name))) {
    return Error(ErrorKind::not_found, "nothing of project " + *name + " runs");
  }
  const auto started = replace_supervisor(*name, plugin_dirs(context));
  if (!started) return started.error();
  return exit_code::ok;
}

constexpr Option status_options[] = {format_option};

base::Result<int> supervisor_status(Context& context, const Arguments& arguments) {
  const auto name = project_name(context);
  if (!name) return name.error();
  const auto paths = base::project_paths(base::roots_from_environment(), *name);
  const auto found = find_supervisor(*name);
  if (!found) return found.error();
  std::optional<api::Version> version;
  if (*found) version = (*found)->version;
  const char* const state = version             ? "running"
                            : has_record(paths) ? "gone, services may run"
                                                : "not running";
  if (wants_json(arguments)) {
    context.out.line(
        boost::json::serialize(boost::json::object{{"project", *name},
                                                   {"state", state},
                                                   {"pid", version ? version->pid : 0},
                                                   {"version", version ? version->version : ""},
                                                   {"directory", version ? version->directory : ""},
                                                   {"socket", paths.socket.string()},
                                                   {"log", paths.supervisor_log.string()}}));
  } else {
    Table table({"PROJECT", "STATE", "PID", "VERSION", "SOCKET", "LOG"});
    table.add({*name, state, version ? std::to_string(version->pid) : "-",
               version ? version->version : "-", paths.socket.string(),
               paths.supervisor_log.string()});
    context.show(table.text());
  }
  return version ? exit_code::ok : exit_code::unavailable;
}

}  // namespace

const Command cmd_supervisor_run{
    .name = "supervisor run",
    .summary = "Be the supervisor of a project, in the foreground",
    .usage = "--project NAME",
    .details = "up starts it by itself; this is for init systems and for debugging.",
    .options = run_options,
    .run = run_supervisor,
};

const Command cmd_supervisor_stop{
    .name = "supervisor stop",
    .summary = "End the supervisor; the services go on",
    .details = "The next command about the project starts a new one, which takes them over.",
    .run = stop_supervisor,
};

const Command cmd_supervisor_restart{
    .name = "supervisor restart",
    .summary = "Replace the supervisor, by this version; the services go on",
    .run = restart_supervisor,
};

const Command cmd_supervisor_status{
    .name = "supervisor status",
    .summary = "Show the supervisor and where its log is",
    .usage = "[OPTIONS]",
    .details = "Ends with 5 if none runs.",
    .options = status_options,
    .run = supervisor_status,
};

}  // namespace consort::cli
