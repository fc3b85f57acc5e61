#pragma once

#include "core/cli/command.h"
#include "core/cli/output.h"
#include "core/cli/terminal.h"
#include "core/cli/user_settings.h"

#include <memory>

namespace consort::runtime {
class Registry;
}

namespace consort::cli {

enum class ProgressMode { tty, plain, quiet };

// What every command is given: made once by main().
struct Context {
  const Arguments& globals;
  const Command& command;
  Output& out;
  Output& err;
  Terminal out_terminal;
  Terminal err_terminal;
  ProgressMode progress = ProgressMode::plain;
  const UserSettings& settings;
  mutable std::shared_ptr<const runtime::Registry> runtimes = nullptr;  // see found_runtimes()

  // "consort: warning: ..." on standard error.
  void warn(std::string_view text);
  // "error: ..." on standard error, see error_text().
  void error(std::string_view text);
  // Text on standard output in which words of files, services and plugins may stand. Raw to a
  // program; on a terminal what it would obey is shown instead, but for colours.
  void show(std::string_view text);
  // A message about a wrong command line, with where to read on; the exit code for it.
  int usage(std::string_view text);
};

// "error: TEXT", with nothing in it that a terminal would obey but the colour of the word. Each
// line is an error of its own and has the word, but for those that go on (indented).
std::string error_text(const Terminal& terminal, std::string_view text);

// "text", "json" ...: the value of --format, or `otherwise`.
bool wants_json(const Arguments& arguments);

// The option that every listing has.
inline constexpr Option format_option{
    "format", 0, "FORMAT", "How to print it: a table, or JSON for programs", false, "table|json"};

}  // namespace consort::cli
