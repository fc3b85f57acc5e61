#include <algorithm>

#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/cli/log_printer.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/successor.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/time_option.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"follow", 'f', "", "Go on with what is written from now on"},
    {"tail", 'n', "LINES", "Only the last lines of each replica"},
    {"since", 0, "TIME", "From this time (RFC 3339, or 10m for ten minutes ago)"},
    {"until", 0, "TIME", "Up to this time"},
    {"timestamps", 't', "", "Show when each line was written"},
    {"no-color", 0, "", "No colours"},
    {"no-log-prefix", 0, "", "Only what the services wrote"},
    {"index", 0, "N", "Only this replica of the services"},
    {"format", 0, "FORMAT", "Text, or a JSON object for each line", false, "text|json"},
};

bool right_tail(const std::string& tail) {
  return tail == "all" || tail.empty() || tail.find_first_not_of("0123456789") == std::string::npos;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto index = index_option(arguments, 0);
  if (!index) return context.usage(index.error().message());
  const auto since = time_option(arguments, "since");
  if (!since) return context.usage(since.error().message());
  const auto until = time_option(arguments, "until");
  if (!until) return context.usage(until.error().message());
  const std::string tail = arguments.get("tail", "");
  if (!right_tail(tail)) return context.usage("--tail takes a number of lines, or all");

  auto running = running_project(context, arguments.words());
  if (!running) return running.error();
  const auto replicas = get_services(running->client);
  if (!replicas) return replicas.error();

  LogStyle style{.prefix = !arguments.flag("no-log-prefix"),
                 .times = arguments.flag("timestamps"),
                 .json = wants_json(arguments),
                 .terminal = context.out_terminal};
  if (arguments.flag("no-color")) style.terminal.colors = false;
  LogPrinter printer(style);
  const auto& services = arguments.words();
  for (const auto& replica : *replicas) {
    const auto wanted = std::find(services.begin(), services.end(), replica.id.service);
    if (services.empty() || wanted != services.end()) printer.expect(to_string(replica.id));
  }

  const bool follow = arguments.flag("follow");
  const auto begun = base::system_clock().wall();
  std::string from = *since ? model::format_time(**since) : "";
  std::string lines = tail;
  Interrupts interrupts;
  LogOnce once;
  for (bool again = false;; again = true) {
    const std::string path =
        target("/v1/logs", {{"services", base::join(services, ",")},
                            {"index", *index == 0 ? "" : std::to_string(*index)},
                            {"tail", lines},
                            {"since", from},
                            {"until", *until ? model::format_time(**until) : ""},
                            {"follow", follow ? "1" : ""},
                            {"until_ended", follow ? "1" : ""}});
    LogOnce::Reading reading(once);
    const auto read = running->client.get_lines(
        path,
        [&](std::string_view line) {
          const auto record = parse_log_record(line);
          if (!record || (follow && !reading.is_new(*record) && again)) return true;
          context.out.write(printer.print(*record));
          if (follow) context.out.flush();
          return true;
        },
        interrupts.fd());
    context.out.flush();
    const bool interrupted = interrupts.take_all() > 0;
    const bool broken =
        follow && !interrupted && !read && read.error().kind() == base::ErrorKind::unavailable;
    auto next = broken ? awaited_successor(context, running->version, interrupts.fd())
                       : base::Result<std::optional<Supervisor>>(std::nullopt);
    if (!next || !*next) {
      context.out.write(printer.rest());
      context.out.flush();
      if (interrupted || interrupts.take_all() > 0) return exit_code::interrupted;
      if (!next) return next.error();
      if (!read && !broken) return read.error();
      return exit_code::ok;
    }
    context.warn(taken_over);
    *running = std::move(**next);
    from = model::format_time(std::min(once.oldest_end().value_or(begun), begun));
    lines.clear();
  }
}

}  // namespace

const Command cmd_logs{
    .name = "logs",
    .summary = "Show what the services wrote",
    .usage = "[OPTIONS] [SERVICE...]",
    .details =
        "The lines of all services, merged by time. What a service wrote before a restart, "
        "or while no supervisor was there, is included. Following ends when all of these "
        "services have ended and are not going to be started again.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
