#include "core/cli/project_context.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "core/base/text.h"
#include "core/cli/disk_room.h"
#include "core/cli/requests.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/up_request.h"
#include "core/config/discovery.h"
#include "core/config/project_name.h"
#include "core/runtime/registry.h"
#include "core/runtime/search_path.h"

extern char** environ;

namespace consort::cli {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using base::Result;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (const char* equals = std::strchr(*entry, '=')) {
      variables.emplace(std::string(static_cast<const char*>(*entry), equals), equals + 1);
    }
  }
  return variables;
}

std::string counted(std::size_t errors) {
  return errors == 1 ? "1 error" : std::to_string(errors) + " errors";
}

// Without the runtimes.
Result<config::LoadOptions> load_options(const Context& context,
                                         const std::vector<std::string>& services) {
  std::error_code failed;
  config::LoadOptions options;
  options.cwd = fs::current_path(failed);
  if (failed) {
    return Error(ErrorKind::not_found, "cannot find the current directory: " + failed.message());
  }
  const Arguments& globals = context.globals;
  for (const auto& file : globals.values("file")) options.files.emplace_back(file);
  if (const auto dir = globals.value("project-directory")) options.project_directory = *dir;
  options.project_name = globals.value("project-name");
  options.profiles = globals.values("profile");
  for (const auto& file : globals.values("env-file")) options.env_files.emplace_back(file);
  options.environment = environment();
  options.services = services;
  options.strict = globals.flag("strict");
  const config::Settings& settings = context.settings.values;
  options.default_runtimes = {settings.runtime.value, settings.image_runtime.value,
                              settings.host_runtime.value};
  return options;
}

// The folder whose file a command in this one would read.
fs::path project_folder(const Context& context) {
  std::error_code ignored;
  const fs::path cwd = fs::current_path(ignored);
  if (const auto dir = context.globals.value("project-directory")) return cwd / *dir;
  if (const auto file = context.globals.value("file"); file && *file != "-") {
    return (cwd / context.globals.values("file").front()).lexically_normal().parent_path();
  }
  const auto found = config::discover_files(cwd);
  return found && !found->files.empty() ? found->files.front().parent_path() : cwd;
}

// A project with a record whose folder this is; "" if there is none.
std::string project_of_folder(const fs::path& folder) {
  const auto roots = base::roots_from_environment();
  for (const auto& name : known_projects(roots)) {
    api::Client client(base::project_paths(roots, name).socket);
    const auto version = get_version(client);
    std::error_code ignored;
    if (version && fs::equivalent(version->directory, folder, ignored)) return name;
  }
  const std::string name = config::normalize_project_name(fs::absolute(folder).filename().string());
  return !name.empty() && has_record(base::project_paths(roots, name)) ? name : "";
}

Error nothing_to_start(const config::Loaded& loaded) {
  const model::Project& project = loaded.project;
  const std::vector<std::string> profiles(loaded.profiles.begin(), loaded.profiles.end());
  std::string text = "cannot start project " + project.name + ": ";
  if (profiles.empty()) {
    text += "it has no service; name one below services in its file";
  } else {
    text += "each of its services belongs to a profile that is not active (" +
            base::join(profiles, ", ") + "); activate one (--profile " + profiles.front() +
            "), or name a service (" + base::join(project.disabled, ", ") + ")";
  }
  return Error(ErrorKind::invalid, text);
}

Result<std::string> given_name(const std::string& name, const char* where) {
  if (config::is_project_name(name)) return name;
  return Error(ErrorKind::invalid,
               "cannot use \"" + name + "\" of " + where +
                   " as the project's name: lower-case letters, digits, - and _ are allowed, and "
                   "the first is a letter or a digit");
}

Result<config::Identity> named(const std::string& name, const char* where) {
  auto given = given_name(name, where);
  if (!given) return given.error();
  return config::Identity{std::move(*given), ""};
}

// Its directory is "" where a person named the project.
Result<config::Identity> meant_project(Context& context) {
  if (const auto name = context.globals.value("project-name")) return named(*name, "-p");
  const char* const variable = std::getenv("COMPOSE_PROJECT_NAME");
  if (variable != nullptr && *variable != '\0') return named(variable, "COMPOSE_PROJECT_NAME");

  const auto options = load_options(context, {});
  if (!options) return options.error();
  auto result = config::identify_project(*options);
  if (auto* identity = std::get_if<config::Identity>(&result)) return std::move(*identity);

  const auto& wrong = std::get<config::Refused>(result).errors;
  const fs::path folder = project_folder(context);
  const std::string name = project_of_folder(folder);
  if (!name.empty()) {
    context.warn("going on with project " + name +
                 ", which was started from here, although: " + config::to_string(wrong.front()));
    return config::Identity{name, folder.string()};
  }
  for (const auto& diagnostic : wrong) {
    context.err.message(config::to_string(diagnostic));
  }
  return Error(ErrorKind::invalid,
               "cannot tell which project is meant: name it with -p NAME (consort ls shows what "
               "runs)");
}

void warn_of_full_disk(Context& context, const std::string& project) {
  constexpr std::uint64_t least = 64 << 10;
  const auto state = base::project_paths(base::roots_from_environment(), project).state;
  const auto room = disk_room(state);
  if (!room || *room >= least) return;
  context.warn("the disk of " + state.string() +
               " is full: services that write wait until there is room");
}

// What a command's own answer would not say.
void warn_of_problems(Context& context, const api::Version& supervisor) {
  warn_of_full_disk(context, supervisor.project);
  if (!supervisor.problem.empty()) context.warn(supervisor.problem);
}

Result<Supervisor> running(Context& context, const std::string& project,
                           const std::vector<std::string>& services) {
  auto found = supervisor_of_running(project, plugin_dirs(context));
  if (found) warn_of_problems(context, found->version);
  if (found || found.error().kind() != ErrorKind::not_found || services.empty()) return found;
  if (auto known = check_in_file(context, services); !known) return known.error();
  return found.error().wrap("cannot find service " + services.front());
}

// Does the project of `supervisor` run from another folder than `directory`?
bool runs_elsewhere(const api::Version& supervisor, const std::string& directory) {
  std::error_code ignored;
  return !supervisor.directory.empty() && supervisor.directory != directory &&
         !fs::equivalent(supervisor.directory, directory, ignored);
}

Result<Supervisor> of_this_folder(Context& context, Result<Supervisor> found,
                                  const model::Project& project) {
  if (!found) return found;
  if (runs_elsewhere(found->version, project.directory)) {
    return Error(ErrorKind::conflict,
                 "cannot use the name " + project.name +
                     " here: a project of this name runs from " + found->version.directory +
                     "; give this one another name (consort -p NAME, or name: " +
                     "in the file), or stop that one (consort -p " + project.name + " down)");
  }
  warn_of_problems(context, found->version);
  return found;
}

}  // namespace

Result<void> check_in_file(const Context& context, const std::vector<std::string>& services) {
  auto options = load_options(context, {});
  if (!options) return {};
  options->runtimes = runtime_infos(context);
  const auto result = config::load_project(*options);
  const auto* loaded = std::get_if<config::Loaded>(&result);
  if (loaded == nullptr) return {};
  const auto& disabled = loaded->project.disabled;
  for (const auto& service : services) {
    if (std::find(disabled.begin(), disabled.end(), service) != disabled.end()) continue;
    if (auto known = check_service(loaded->project, service); !known) return known;
  }
  return {};
}

std::vector<std::string> plugin_dirs(const Context& context) {
  auto dirs = context.globals.values("plugin-dir");
  for (const auto& path : context.settings.values.plugin_paths) dirs.push_back(path.value);
  return dirs;
}

const runtime::Registry& found_runtimes(const Context& context) {
  if (!context.runtimes) {
    context.runtimes = std::make_shared<const runtime::Registry>(runtime::Registry::find(
        runtime::search_path(runtime::search_inputs(plugin_dirs(context))), ::geteuid()));
  }
  return *context.runtimes;
}

std::vector<config::RuntimeInfo> runtime_infos(const Context& context) {
  std::vector<config::RuntimeInfo> infos;
  for (const auto& found : found_runtimes(context).all()) {
    if (found.state == runtime::FoundRuntime::State::shadowed) continue;
    config::RuntimeInfo info;
    info.name = found.name;
    info.aliases = found.manifest.aliases;
    // One that is refused is there all the same: the supervisor says what is wrong with it.
    info.installed = true;
    info.service_schema = found.manifest.service_schema;
    info.settings_schema = found.manifest.settings_schema;
    infos.push_back(std::move(info));
  }
  return infos;
}

std::vector<Error> unusable_runtimes(const Context& context, const model::Project& project,
                                     const std::set<std::string>& services) {
  std::vector<const model::Service*> asking;
  for (const auto& name : services) {
    const auto service = project.services.find(name);
    if (service != project.services.end()) asking.push_back(&service->second);
  }
  std::ranges::stable_sort(asking, {}, [](const model::Service* service) {
    const auto& where = service->runtime_where;
    return std::tie(where.file, where.line, where.column);
  });
  const runtime::Registry& registry = found_runtimes(context);
  std::vector<Error> errors;
  std::set<std::string> seen;
  for (const model::Service* service : asking) {
    if (!seen.insert(service->runtime).second) continue;
    const auto* found = registry.lookup(service->runtime);
    if (found != nullptr && found->state != runtime::FoundRuntime::State::refused) continue;
    const Error cause = found == nullptr ? registry.not_installed(service->runtime)
                                         : Error(ErrorKind::unavailable, found->reason);
    errors.push_back(cause.wrap(runtime::unavailable(service->runtime, service->runtime_where)));
  }
  return errors;
}

Result<std::map<std::string, boost::json::object>> checked_settings(
    Context& context, const std::vector<config::RuntimeInfo>& runtimes) {
  config::Diagnostics found;
  auto settings = config::runtime_settings(context.settings.values, runtimes, found);
  std::vector<std::string> files;
  for (const auto& file : context.settings.files) files.push_back(file.path.string());
  for (const auto& warning : found.take(config::Severity::warning, files)) {
    context.warn(config::to_string(warning));
  }
  for (const auto& error : found.take(config::Severity::error, files)) {
    context.err.message(config::to_string(error));
  }
  const std::size_t errors = found.errors() + context.settings.problems.size();
  if (errors == 0) return settings;
  return Error(ErrorKind::invalid, "cannot use the settings: " + counted(errors));
}

Result<config::Loaded> load_files(Context& context, const std::vector<std::string>& services,
                                  bool interpolate, std::optional<std::string> explain,
                                  std::string overrides) {
  auto options = load_options(context, services);
  if (!options) return options.error();
  options->interpolate = interpolate;
  options->explain = std::move(explain);
  options->overrides = std::move(overrides);
  options->runtimes = runtime_infos(context);
  auto own = checked_settings(context, options->runtimes);
  if (!own) return own.error();
  auto result = config::load_project(*options);
  if (auto* loaded = std::get_if<config::Loaded>(&result)) {
    for (const auto& warning : loaded->warnings) context.warn(config::to_string(warning));
    for (const auto& service : services) {
      if (auto known = check_service(loaded->project, service); !known) return known.error();
    }
    const config::Settings& settings = context.settings.values;
    loaded->project.runtime_settings = std::move(*own);
    loaded->project.logs = {settings.log_max_size.value, settings.log_max_files.value};
    return std::move(*loaded);
  }
  const auto& refused = std::get<config::Refused>(result);
  for (const auto& warning : refused.warnings) context.warn(config::to_string(warning));
  for (const auto& error : refused.errors) context.err.message(config::to_string(error));
  return Error(ErrorKind::invalid,
               "cannot use the configuration: " + counted(refused.errors.size()));
}

Result<model::Project> load_project(Context& context, const std::vector<std::string>& services,
                                    std::string overrides) {
  auto loaded = load_files(context, services, true, std::nullopt, std::move(overrides));
  if (!loaded) return loaded.error();
  loaded->project.host_environment = environment();
  return std::move(loaded->project);
}

Result<model::Project> load_to_start(Context& context, const std::vector<std::string>& services) {
  auto loaded = load_files(context, services);
  if (!loaded) return loaded.error();
  if (loaded->project.services.empty()) return nothing_to_start(*loaded);
  loaded->project.host_environment = environment();
  return std::move(loaded->project);
}

Result<std::string> project_name(Context& context) {
  auto meant = meant_project(context);
  if (!meant) return meant.error();
  return std::move(meant->name);
}

Result<Supervisor> running_project(Context& context, const std::vector<std::string>& services) {
  const auto meant = meant_project(context);
  if (!meant) return meant.error();
  return running(context, meant->name, services);
}

Result<Supervisor> own_running_project(Context& context, const std::vector<std::string>& services) {
  const auto meant = meant_project(context);
  if (!meant) return meant.error();
  auto found = running(context, meant->name, services);
  if (!found || meant->directory.empty() || !runs_elsewhere(found->version, meant->directory)) {
    return found;
  }
  return Error(ErrorKind::conflict,
               "cannot use the name " + meant->name + " here: a project of this name runs from " +
                   found->version.directory + "; go there, or name it with -p " + meant->name +
                   " if that one is meant");
}

Result<Supervisor> supervisor_for(Context& context, const model::Project& project) {
  return of_this_folder(context, start_supervisor(project.name, plugin_dirs(context)), project);
}

Result<Supervisor> running_supervisor_for(Context& context, const model::Project& project) {
  return of_this_folder(context, supervisor_of_running(project.name, plugin_dirs(context)),
                        project);
}

}  // namespace consort::cli
