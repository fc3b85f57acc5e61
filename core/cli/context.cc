#include "core/cli/context.h"

#include "core/base/text.h"
#include "core/cli/exit_codes.h"

namespace consort::cli {

void Context::warn(std::string_view text) {
  out.flush();
  err.write(paint(err_terminal, Color::yellow, "warning: "));
  err.message(text);
  err.flush();
}

void Context::error(std::string_view text) {
  out.flush();
  err.line(error_text(err_terminal, text));
  err.flush();
}

std::string error_text(const Terminal& terminal, std::string_view text) {
  std::string lines;
  for (const auto& line : base::split(text, '\n')) {
    if (!lines.empty()) lines += '\n';
    if (!line.empty() && !line.starts_with(' ')) lines += paint(terminal, Color::red, "error: ");
    lines += base::visible(line);
  }
  return lines;
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
