#include <poll.h>

#include <set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/stats_text.h"
#include "core/cli/table.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

constexpr Option options[] = {
    {"no-stream", 0, "", "Show the figures once"},
    {"all", 'a', "", "Accepted for Docker's sake"},
    format_option,
};

constexpr int interval_ms = 1000;

base::Result<json::array> get_stats(api::Client& client, const std::vector<std::string>& services,
                                    const Interrupts& interrupts) {
  auto answer = client.get(target("/v1/stats", {{"services", base::join(services, ",")}}),
                           {.interrupt_fd = interrupts.fd()});
  if (!answer) return answer.error();
  auto* object = answer->if_object();
  auto* list = object == nullptr ? nullptr : object->if_contains("stats");
  if (list == nullptr || !list->is_array()) {
    return base::Error("cannot read the supervisor's answer to /v1/stats");
  }
  return std::move(list->get_array());
}

// False when the person has had enough.
bool wait_a_second(const Interrupts& interrupts) {
  pollfd watched{interrupts.fd(), POLLIN, 0};
  return ::poll(&watched, 1, interval_ms) == 0;
}

// Each once, however many services have it.
void warn_of_problems(Context& context, const std::vector<StatsLine>& lines) {
  std::set<std::string> problems;
  for (const auto& line : lines) {
    if (!line.problem.empty()) problems.insert(line.problem);
  }
  for (const auto& problem : problems) context.warn(problem);
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = running_project(context);
  if (!running) return running.error();
  Interrupts interrupts;
  StatsRates rates;
  const bool once = arguments.flag("no-stream");
  const bool as_json = wants_json(arguments);
  // One reading more for a start: a share of the CPU is a difference of two.
  for (bool first = true;; first = false) {
    const auto stats = get_stats(running->client, arguments.words(), interrupts);
    if (!stats) {
      if (interrupts.take_all() > 0) return exit_code::interrupted;
      return stats.error();
    }
    const auto lines = rates.take(*stats, base::system_clock().steady());
    if (first) warn_of_problems(context, lines);
    if (!first) {
      std::string text;
      if (as_json) {
        for (const auto& line : lines) text += json::serialize(stats_json(line)) + '\n';
      } else {
        if (!once && context.out_terminal.cursor) text = "\x1b[H\x1b[J";
        text += stats_table(lines);
      }
      context.out.write(text);
      context.out.flush();
      if (once) return exit_code::ok;
    }
    if (!wait_a_second(interrupts)) return exit_code::interrupted;
  }
}

}  // namespace

const Command cmd_stats{
    .name = "stats",
    .summary = "Show what the services use",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "CPU (100% is one core), memory and processes of each replica, every second.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
