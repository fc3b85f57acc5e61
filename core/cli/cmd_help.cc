#include <algorithm>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"
#include "core/cli/help.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"man", 0, "", "Print the manual page"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  if (arguments.flag("man")) {
    context.out.write(manual_page(commands()));
    return exit_code::ok;
  }
  if (arguments.words().empty()) {
    context.out.write(help_text(commands()));
    return exit_code::ok;
  }
  const std::string name = base::join(arguments.words(), " ");
  const Command* const command = find_command(name);
  if (command == nullptr) return context.usage("unknown command \"" + name + "\"");
  const auto width = static_cast<std::size_t>(std::min(context.out_terminal.width(), 100));
  context.out.write(help_text(*command, width));
  return exit_code::ok;
}

}  // namespace

const Command cmd_help{
    .name = "help",
    .summary = "Show how to use a command",
    .usage = "[COMMAND]",
    .options = options,
    .words = Words::commands,
    .most = 2,
    .run = run,
};

}  // namespace consort::cli
