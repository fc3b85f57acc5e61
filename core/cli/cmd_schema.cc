#include <boost/json/serialize.hpp>

#include "core/base/file.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/config/file_schema.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"output", 'o', "FILE", "Write it to this file"},
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const std::string text =
      boost::json::serialize(config::file_schema(runtime_infos(context))) + '\n';
  if (const auto file = arguments.value("output")) {
    const auto written = base::write_file_atomic(*file, text, 0644);
    if (!written) return written.error();
  } else {
    context.out.write(text);
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_schema{
    .name = "schema",
    .summary = "Print the JSON Schema of the file, for editors",
    .usage = "[OPTIONS]",
    .details = "Put together from Consort's own and those of the runtimes that are installed.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
