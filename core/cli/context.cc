#include "core/cli/context.h"

#include "core/cli/exit_codes.h"

namespace consort::cli {

void Context::warn(std::string_view text) {
  out.flush();
  err.write(paint(err_terminal, Color::yellow, "warning: "));
  err.message(text);
  err.flush();
}

void Context::show(std::string_view text) {
  if (out_terminal.is_terminal) {
    out.write(harmless(text, "\t\n"));
  } else {
    out.write(text);
  }
}

int Context::usage(std::string_view text) {
  out.flush();
  err.write("consort ");
  err.write(command.name);
  err.write(": ");
  err.message(text);
  err.line("Run 'consort " + std::string(command.name) + " --help' to see how to use it.");
  err.flush();
  return exit_code::usage;
}

bool wants_json(const Arguments& arguments) { return arguments.get("format", "") == "json"; }

}  // namespace consort::cli
