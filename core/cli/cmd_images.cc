#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/images_text.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"quiet", 'q', "", "Only the images' ids"},
    format_option,
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  std::vector<ImageLine> lines;
  auto running = running_project(context);
  if (running) {
    const auto answer = running->client.get(
        target("/v1/images", {{"services", base::join(arguments.words(), ",")}}));
    if (!answer) return answer.error();
    lines = read_images(*answer);
  } else if (running.error().kind() != base::ErrorKind::not_found) {
    return running.error();
  }
  if (arguments.flag("quiet")) {
    for (const auto& id : image_ids(lines)) context.out.line(id);
  } else if (wants_json(arguments)) {
    context.out.line(boost::json::serialize(images_json(lines)));
  } else {
    context.show(images_table(lines, base::system_clock().wall()));
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_images{
    .name = "images",
    .summary = "Show the images that the project's containers were made of",
    .usage = "[OPTIONS] [SERVICE...]",
    .details = "One line for each container, whether or not it runs.",
    .options = options,
    .words = Words::services,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
