#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/cli/commands.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"
#include "core/cli/help.h"
#include "core/cli/options.h"
#include "core/cli/user_settings.h"

namespace consort::cli {
namespace {

// What is wrong with the settings, for every command: only those that read the file refuse to go
// on. The completion script's questions are answered in silence.
void tell_problems(Context& context) {
  if (context.command.hidden) return;
  for (const auto& file : context.settings.files) {
    if (file.state != SettingsFile::State::refused) continue;
    context.warn("not using the settings in " + file.path.string() + ": " + file.reason);
  }
  for (const auto& problem : context.settings.problems) context.warn(config::to_string(problem));
}

ProgressMode progress_of(const Arguments& globals, const Terminal& terminal) {
  const char* const variable = std::getenv("COMPOSE_PROGRESS");
  const std::string how = globals.get("progress", variable == nullptr ? "auto" : variable);
  if (how == "quiet") return ProgressMode::quiet;
  if (how == "plain") return ProgressMode::plain;
  if (how == "tty") return ProgressMode::tty;
  return terminal.cursor ? ProgressMode::tty : ProgressMode::plain;
}

int run(const std::vector<std::string>& line) {
  Output out(1);
  Output err(2);
  const auto invocation = parse_invocation(line, commands());
  if (!invocation) {
    err.message("consort: " + invocation.error().message());
    err.line("Run 'consort --help' or 'consort COMMAND --help' to see what there is.");
    return exit_code::usage;
  }
  const Arguments& globals = invocation->globals;
  const UserSettings settings = load_settings(settings_places(), ::geteuid());
  const std::optional<std::string> given = globals.value("ansi");
  const char* const ansi = given ? given->c_str() : std::getenv("COMPOSE_ANSI");
  const auto terminal = [&](int fd) {
    return look_at(fd, ansi, settings.values.color, std::getenv("NO_COLOR"), std::getenv("TERM"));
  };
  const Terminal out_terminal = terminal(1);
  const Terminal err_terminal = terminal(2);

  const Command* command = invocation->command;
  if (command == nullptr && globals.flag("version")) command = &cmd_version;
  if (invocation->help || command == nullptr) {
    const auto width = static_cast<std::size_t>(std::min(out_terminal.width(), 100));
    out.write(command == nullptr ? help_text(commands()) : help_text(*command, width));
    return invocation->help ? exit_code::ok : exit_code::usage;
  }

  Context context{.globals = globals,
                  .command = *command,
                  .out = out,
                  .err = err,
                  .out_terminal = out_terminal,
                  .err_terminal = err_terminal,
                  .progress = progress_of(globals, err_terminal),
                  .settings = settings};
  tell_problems(context);
  const auto code = command->run(context, invocation->arguments);
  out.flush();
  if (code) return *code;
  context.error(code.error().message());
  return code_for(code.error().kind());
}

}  // namespace
}  // namespace consort::cli

int main(int argc, char** argv) {
  return consort::cli::run(std::vector<std::string>(argv + 1, argv + argc));
}
