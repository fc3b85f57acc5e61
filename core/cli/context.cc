#include "core/cli/context.h"

#include "core/cli/exit_codes.h"

namespace consort::cli {

void Context::warn(std::string_view text) {
  out.flush();
  err.write(paint(err_terminal, Color::yellow, "warning: "));
  err.line(text);
  err.flush();
}

int Context::usage(std::string_view text) {
  out.flush();
  err.write("consort ");
  err.write(command.name);
  err.write(": ");
  err.line(text);
  err.line("Run 'consort " + std::string(command.name) + " --help' to see how to use it.");
  err.flush();
  return exit_code::usage;
}

bool wants_json(const Arguments& arguments) { return arguments.get("format", "") == "json"; }

}  // namespace consort::cli
