#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/terminal.h"
#include "core/cli/top_text.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {format_option};

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = running_project(context, arguments.words());
  if (!running) return running.error();
  const auto answer =
      running->client.get(target("/v1/top", {{"services", base::join(arguments.words(), ",")}}));
  if (!answer) return answer.error();
  const Top top = read_top(*answer);
  if (wants_json(arguments)) {
    context.out.line(boost::json::serialize(top_json(top)));
  } else {
    context.show(top_table(top));
  }
  for (const auto& problem : top.problems) context.warn(problem);
  return top.problems.empty() ? exit_code::ok : exit_code::failed;
}

}  // namespace

const Command cmd_top{
    .name = "top",
    .summary = "Show the processes of services",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "As ps shows them, each service's with its replica's number.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
