#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/cli/context.h"
#include "core/cli/supervisor_launch.h"
#include "core/config/loader.h"
#include "core/model/project.h"

namespace consort::cli {

// The project that the global options, the environment and the files of this folder mean. All
// diagnostics have been printed when it fails; the error is the summary and has the kind.
// `services`: those named on the command line, which enables their profiles. `explain`: see
// LoadOptions, as for `overrides`.
base::Result<config::Loaded> load_files(Context& context, const std::vector<std::string>& services,
                                        bool interpolate = true,
                                        std::optional<std::string> explain = std::nullopt,
                                        std::string overrides = {});
// The same for `up`, `plan` and `run`, with this process's environment for the services.
base::Result<model::Project> load_project(Context& context,
                                          const std::vector<std::string>& services,
                                          std::string overrides = {});
// The same where something is to be started: `invalid` if there is no service to start.
base::Result<model::Project> load_to_start(Context& context,
                                           const std::vector<std::string>& services);

// Only its name, for commands about what runs. Needs no readable file: `-p` and
// COMPOSE_PROJECT_NAME are enough, and where the file has errors a project that runs from this
// folder is found all the same, with a warning.
base::Result<std::string> project_name(Context& context);

// project_name, then supervisor_of_running. `services` are those that the command line names: where
// nothing runs, the error is about them.
base::Result<Supervisor> running_project(Context& context,
                                         const std::vector<std::string>& services = {});

// The same for commands that change what runs: refuses (`conflict`) a project that runs from
// another folder than this one's, unless it was named with -p or COMPOSE_PROJECT_NAME.
base::Result<Supervisor> own_running_project(Context& context,
                                             const std::vector<std::string>& services = {});

// Are the services in the file, active or not? Nothing is said where no file can be read.
base::Result<void> check_in_file(const Context& context, const std::vector<std::string>& services);

// For commands that bring a project's file: its supervisor, started if none runs. Refuses
// (`conflict`) a project of this name that runs from another folder.
base::Result<Supervisor> supervisor_for(Context& context, const model::Project& project);
// The same where one is not started for this alone: `not_found` where nothing runs.
base::Result<Supervisor> running_supervisor_for(Context& context, const model::Project& project);

// --plugin-dir, then the settings' plugins.paths: for the search and for the supervisor.
std::vector<std::string> plugin_dirs(const Context& context);

// The runtimes that are found there. They are looked for once in a command.
const runtime::Registry& found_runtimes(const Context& context);
// The same as the config layer wants to know them.
std::vector<config::RuntimeInfo> runtime_infos(const Context& context);

// Why runtimes that the project's services ask for cannot be used, as `up` says it: each with the
// place that asks first, in the order of the file. `not_found` where one is not installed.
std::vector<base::Error> unusable_runtimes(const Context& context, const model::Project& project,
                                           const std::set<std::string>& services);

// The settings of runtimes, by their own names, checked with their schemas. An error if anything in
// the settings is wrong; it has been printed.
base::Result<std::map<std::string, boost::json::object>> checked_settings(
    Context& context, const std::vector<config::RuntimeInfo>& runtimes);

}  // namespace consort::cli
