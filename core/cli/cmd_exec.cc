#include <fcntl.h>
#include <unistd.h>

#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/frame_session.h"
#include "core/cli/in_service.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"no-TTY", 'T', "", "No terminal for the command"},
    {"env", 'e', "NAME=VALUE", "Set a variable for the command", true},
    {"user", 'u', "USER", "Run as this user"},
    {"workdir", 'w', "DIR", "Run in this folder"},
    {"detach", 'd', "", "Return at once; the command's output is dropped"},
    {"index", 0, "N", "Which replica (1 if not given)"},
    {"privileged", 0, "", "With every right, whatever the container has"},
    {"interactive", 'i', "", "Accepted for Docker's sake: input is always passed on"},
    {"tty", 't', "", "Accepted for Docker's sake: a terminal is the default"},
};

// The command ends with its connection, so a process of its own keeps that open.
base::Result<int> leave_behind(const base::Fd& connection) {
  const pid_t pid = ::fork();
  if (pid < 0) return base::system_error("start", "a process", errno);
  if (pid > 0) return exit_code::ok;
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2}) ::dup2(null, fd);
  (void)FrameSession{.tty = false, .stdin_open = false}.run(connection);
  ::_exit(0);
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto index = index_option(arguments, 1);
  if (!index) return context.usage(index.error().message());
  auto running = own_running_project(context, {arguments.words().front()});
  if (!running) return running.error();

  const bool detach = arguments.flag("detach");
  const auto& words = arguments.words();
  api::ExecRequest request;
  request.service = words.front();
  request.index = *index;
  request.privileged = arguments.flag("privileged");
  request.argv.assign(words.begin() + 1, words.end());
  request.environment = environment_option(arguments);
  request.working_dir = arguments.get("workdir", "");
  request.user = arguments.get("user", "");
  request.tty = !detach && wants_tty(arguments);
  request.stdin_open = !detach;
  if (request.tty) {
    const api::Size size = terminal_size(0);
    request.rows = size.rows;
    request.columns = size.columns;
  }
  const auto connection = running->client.upgrade("/v1/exec", api::to_json(request));
  if (!connection) return connection.error();
  if (detach) return leave_behind(*connection);
  return FrameSession{.tty = request.tty, .stdin_open = true}.run(*connection);
}

}  // namespace

const Command cmd_exec{
    .name = "exec",
    .summary = "Run a command where a service runs",
    .usage = "[OPTIONS] SERVICE COMMAND [ARGS...]",
    .details =
        "The options end at SERVICE: what follows is the command's. Ends with the "
        "command's exit code.",
    .options = options,
    .words = Words::service_then_command,
    .least = 2,
    .most = any_number,
    .options_end_at_word = true,
    .run = run,
};

}  // namespace consort::cli
