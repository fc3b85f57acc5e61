#include "core/cli/commands.h"
#include "core/cli/completion.h"
#include "core/cli/exit_codes.h"
#include "core/cli/options.h"
#include "core/cli/project_context.h"

namespace consort::cli {
namespace {

// Of the file that the global options on the half-written line mean. Silent: a broken file only
// means that there is nothing to offer.
std::vector<std::string> service_names(Context& context, const std::vector<std::string>& before) {
  const auto globals = parse_options(before, global_options(), {}, true);
  if (!globals) return {};
  Output nowhere(-1);
  Context quiet{.globals = *globals,
                .command = context.command,
                .out = nowhere,
                .err = nowhere,
                .out_terminal = {},
                .err_terminal = {},
                .progress = ProgressMode::quiet,
                .settings = context.settings};
  const auto loaded = load_files(quiet, {});
  if (!loaded) return {};
  std::vector<std::string> names;
  for (const auto& [name, service] : loaded->project.services) names.push_back(name);
  names.insert(names.end(), loaded->project.disabled.begin(), loaded->project.disabled.end());
  return names;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto& line = arguments.words();
  const Completion completion = complete(line, commands());
  for (const auto& [word, help] : completion.candidates) {
    context.out.line(help.empty() ? word : word + '\t' + help);
  }
  if (completion.wants_services) {
    for (const auto& name : service_names(context, completion.before)) {
      if (name.starts_with(line.back())) context.out.line(name + "\tservice");
    }
  }
  if (completion.wants_files) context.out.line(":files");
  return exit_code::ok;
}

}  // namespace

const Command cmd_complete{
    .name = "__complete",
    .summary = "What may come next on a command line, for the completion scripts",
    .usage = "WORD...",
    .most = any_number,
    .options_end_at_word = true,
    .hidden = true,
    .run = run,
};

}  // namespace consort::cli
