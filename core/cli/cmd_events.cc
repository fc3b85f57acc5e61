#include <sys/time.h>

#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/successor.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/time_option.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"json", 0, "", "An object a line"},
    {"since", 0, "TIME", "Those that happened since then too (RFC 3339, or 10m)"},
    {"until", 0, "TIME", "End with the last one before this time"},
    {"format", 0, "FORMAT", "As --json", false, "table|json"},
};

std::string event_text(const model::Event& event) {
  std::string text = model::format_time(event.at);
  text += event.service.empty() ? " project" : " service";
  text += ' ' + (event.action.empty() ? event.type : event.action);
  if (!event.service.empty()) text += ' ' + to_string(model::ReplicaId{event.service, event.index});
  if (event.status) {
    text += " (state=" + std::string(to_string(event.status->state));
    if (event.status->health != model::Health::none) {
      text += ", health=" + std::string(to_string(event.status->health));
    }
    if (event.status->last_exit && event.action == "die") {
      text += ", " + to_string(*event.status->last_exit);
    }
    text += ')';
  }
  if (!event.message.empty()) text += ": " + harmless(event.message);
  return text;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto since = time_option(arguments, "since");
  if (!since) return context.usage(since.error().message());
  const auto until = time_option(arguments, "until");
  if (!until) return context.usage(until.error().message());
  auto running = running_project(context);
  if (!running) return running.error();

  if (!arguments.words().empty()) {
    const auto replicas = get_services(running->client);
    if (!replicas) return replicas.error();
    if (auto known = check_started(*replicas, arguments.words()); !known) return known.error();
  }

  const bool json = arguments.flag("json") || wants_json(arguments);
  const auto print = [&](const model::Event& event) {
    if (*since && event.at < **since) return true;
    if (*until && event.at > **until) return false;
    context.out.line(json ? boost::json::serialize(model::to_json(event)) : event_text(event));
    context.out.flush();
    return true;
  };
  const auto now = base::system_clock().wall();
  const bool follow = !*until || **until > now;
  Interrupts interrupts{SIGINT, SIGTERM, SIGHUP, SIGALRM};
  if (follow && *until) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(**until - now).count();
    itimerval timer{};
    timer.it_value.tv_sec = left / 1'000'000;
    timer.it_value.tv_usec = left % 1'000'000 + 1;
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  // A cursor of 0 asks for all that is kept; without one only what comes is sent.
  std::string cursor = *since ? "0" : "";
  for (;;) {
    const std::string path =
        target("/v1/events", {{"since", cursor},
                              {"follow", follow ? "1" : ""},
                              {"services", base::join(arguments.words(), ",")}});
    const auto read = follow_events(running->client, path, print, interrupts.fd());
    const bool broken = !read && follow && read.error().kind() == base::ErrorKind::unavailable;
    auto next = broken ? awaited_successor(context, running->version, interrupts.fd())
                       : base::Result<std::optional<Supervisor>>(std::nullopt);
    if (const int signal = interrupts.take(); signal != 0) {
      return signal == SIGALRM ? exit_code::ok : exit_code::interrupted;
    }
    if (!read && !broken) return read.error();
    if (!next) return next.error();
    if (!*next) return exit_code::ok;
    context.warn(taken_over);
    *running = std::move(**next);
    cursor = "0";  // its events are all new
  }
}

}  // namespace

const Command cmd_events{
    .name = "events",
    .summary = "Show what happens, as it happens",
    .usage = "[OPTIONS] [SERVICE...]",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
