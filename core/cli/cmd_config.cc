#include <algorithm>
#include <set>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/cli/commands.h"
#include "core/cli/config_explain.h"
#include "core/cli/config_lists.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/cli/settings_text.h"
#include "core/cli/up_request.h"
#include "core/cli/yaml_text.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

constexpr Option options[] = {
    {"format", 0, "FORMAT", "How to print it", false, "yaml|json"},
    {"quiet", 'q', "", "Only check"},
    {"services", 0, "", "Only the services' names"},
    {"profiles", 0, "", "Only the profiles' names"},
    {"images", 0, "", "Only the images' names"},
    {"volumes", 0, "", "Only the volumes' names"},
    {"networks", 0, "", "Only the networks' names"},
    {"variables", 0, "", "Only the variables that values name, with their defaults"},
    {"environment", 0, "", "Only the variables that values may name"},
    {"explain", 0, "PATH", "Where a value comes from: services.web.environment.PORT"},
    {"hash", 0, "SERVICE", "The hash by which a change is seen, of this service; * for all"},
    {"settings", 0, "",
     "Your own settings (consort.toml) and where each comes from, not the project"},
    {"no-interpolate", 0, "", "Leave ${VARIABLES} as they are"},
    {"output", 'o', "FILE", "Write it to this file"},
};

json::object project_json(const config::Loaded& loaded) {
  json::object services;
  for (const auto& [name, service] : loaded.project.services) {
    json::object spec = service.spec;
    // Where it follows from the other keys it is not said; an engine's own runtime is in the spec.
    if (service.runtime_where != service.where) spec.emplace("runtime", service.runtime);
    services[name] = std::move(spec);
  }
  json::object project{{"name", loaded.project.name}, {"services", std::move(services)}};
  for (const auto& [key, value] : loaded.project.resources) project[key] = value;
  for (const auto& [key, value] : loaded.extensions) project[key] = value;
  return project;
}

void print_names(Context& context, const json::object& resources, std::string_view key) {
  const auto* map = resources.if_contains(key);
  if (map == nullptr || !map->is_object()) return;
  for (const auto& [name, value] : map->get_object()) context.out.line(name);
}

void print_lines(Context& context, const std::vector<std::string>& lines) {
  for (const auto& line : lines) context.out.line(line);
}

base::Result<int> print_explanation(Context& context, const config::Explanation& explanation) {
  if (!explanation.value && explanation.steps.empty()) {
    return base::Error(base::ErrorKind::not_found,
                       "cannot explain " + explanation.path +
                           ": the project has no such value (accepted: a path as in "
                           "services.web.environment.PORT)");
  }
  context.show(explanation_text(explanation));
  return exit_code::ok;
}

base::Result<int> print_hashes(Context& context, const model::Project& project,
                               const std::string& wanted) {
  if (wanted != "*") {
    if (auto known = check_service(project, wanted); !known) return known.error();
  }
  for (const auto& [name, service] : project.services) {
    if (wanted == "*" || wanted == name) context.out.line(name + ' ' + model::change_hash(service));
  }
  return exit_code::ok;
}

base::Result<int> print_settings(Context& context, const Arguments& arguments) {
  const auto runtimes = runtime_infos(context);
  const auto lines = config::list_settings(context.settings.values, runtimes);
  if (wants_json(arguments)) {
    context.out.line(json::serialize(settings_json(context.settings, lines)));
  } else {
    context.show(settings_text(context.settings, lines));
  }
  const auto right = checked_settings(context, runtimes);
  if (!right) return right.error();
  return exit_code::ok;
}

// The files are right all the same. What is not installed has been told with them.
void warn_of_refused_runtimes(Context& context, const model::Project& project) {
  std::set<std::string> all;
  for (const auto& [name, service] : project.services) all.insert(name);
  for (const auto& error : unusable_runtimes(context, project, all)) {
    if (error.kind() != base::ErrorKind::not_found) context.warn(error.message());
  }
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  if (arguments.flag("settings")) return print_settings(context, arguments);
  const bool interpolate = !arguments.flag("no-interpolate") && !arguments.flag("variables");
  auto loaded = load_files(context, arguments.words(), interpolate, arguments.value("explain"));
  if (!loaded) return loaded.error();
  const auto& project = loaded->project;
  warn_of_refused_runtimes(context, project);
  if (arguments.flag("quiet")) return exit_code::ok;
  if (loaded->explanation) return print_explanation(context, *loaded->explanation);
  if (arguments.flag("services")) {
    print_lines(context, service_lines(project));
  } else if (arguments.flag("profiles")) {
    for (const auto& name : loaded->profiles) context.out.line(name);
  } else if (arguments.flag("images")) {
    print_lines(context, image_lines(project, closure(project, arguments.words(), false)));
  } else if (arguments.flag("variables")) {
    context.show(variable_table(loaded->used_variables));
  } else if (arguments.flag("environment")) {
    print_lines(context, environment_lines(*loaded));
  } else if (arguments.flag("volumes")) {
    print_names(context, loaded->project.resources, "volumes");
  } else if (arguments.flag("networks")) {
    print_names(context, loaded->project.resources, "networks");
  } else if (const auto wanted = arguments.value("hash")) {
    return print_hashes(context, project, *wanted);
  } else {
    json::value whole = project_json(*loaded);
    if (!arguments.words().empty()) {
      auto& services = whole.get_object()["services"].get_object();
      const auto kept = closure(project, arguments.words(), false);
      for (const auto& [name, service] : project.services) {
        if (std::ranges::find(kept, name) == kept.end()) services.erase(name);
      }
    }
    if (interpolate) escape_dollars(whole);
    const std::string text =
        wants_json(arguments) ? json::serialize(whole) + '\n' : yaml_text(whole);
    if (const auto file = arguments.value("output")) {
      const auto written = base::write_file_atomic(*file, text, 0644);
      if (!written) return written.error();
    } else {
      context.show(text);
    }
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_config{
    .name = "config",
    .summary = "Check the files and show what they come to",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "Merged, with variables replaced, defaults filled in and every problem listed.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
