#include "core/cli/commands.h"
#include "core/cli/completion.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"

namespace consort::cli {
namespace {

base::Result<int> run(Context& context, const Arguments& arguments) {
  const std::string script = completion_script(arguments.words().front());
  if (script.empty()) return context.usage("completion is there for bash, zsh and fish");
  context.out.write(script);
  return exit_code::ok;
}

}  // namespace

const Command cmd_completion{
    .name = "completion",
    .summary = "Print the completion script for a shell",
    .usage = "bash|zsh|fish",
    .details =
        "For this session: source <(consort completion bash), or "
        "consort completion fish | source. It asks consort for the names of services.",
    .words = Words::shells,
    .least = 1,
    .most = 1,
    .run = run,
};

}  // namespace consort::cli
