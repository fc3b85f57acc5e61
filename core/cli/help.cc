#include "core/cli/help.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/cli/exit_codes.h"
#include "core/cli/options.h"

namespace consort::cli {
namespace {

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  for (const std::string& word : base::split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string synopsis(const Option& option) {
  std::string text = option.letter != 0 ? std::string("-") + option.letter + ", " : "    ";
  text += "--" + std::string(option.name);
  if (!option.value.empty()) text += ' ' + std::string(option.value);
  return text;
}

std::string option_help(const Option& option) {
  std::string text(option.help);
  if (!option.choices.empty()) {
    text += " (" + base::join(base::split(option.choices, '|'), ", ") + ")";
  }
  return text;
}

std::string options_text(std::span<const Option> options, std::size_t width) {
  std::size_t column = 0;
  for (const Option& option : options) column = std::max(column, synopsis(option).size());
  column = std::min<std::size_t>(column, 34) + 4;
  std::string text;
  for (const Option& option : options) {
    std::string line = "  " + synopsis(option);
    if (line.size() + 2 > column) {
      line += '\n' + std::string(column, ' ');
    } else {
      line.append(column - line.size(), ' ');
    }
    text += line + wrapped(option_help(option), column, width) + '\n';
  }
  return text;
}

// Of man(7): a minus that can be copied, a backslash and a leading dot or quote that mean nothing.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  if (!escaped.empty() && (escaped[0] == '.' || escaped[0] == '\'')) escaped.insert(0, "\\&");
  return escaped;
}

std::string roff_options(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    text += ".TP\n";
    if (option.letter != 0) text += "\\fB\\-" + std::string(1, option.letter) + "\\fR, ";
    text += "\\fB\\-\\-" + roff(option.name) + "\\fR";
    if (!option.value.empty()) text += " \\fI" + roff(option.value) + "\\fR";
    text += '\n' + roff(option_help(option)) + ".\n";
  }
  return text;
}

constexpr int listed_codes[] = {exit_code::ok,        exit_code::failed,     exit_code::usage,
                                exit_code::invalid,   exit_code::not_found,  exit_code::unavailable,
                                exit_code::denied,    exit_code::conflict,   exit_code::unsupported,
                                exit_code::timed_out, exit_code::interrupted};

}  // namespace

std::string help_text(std::span<const Command* const> commands) {
  std::string text =
      "Usage: consort [GLOBAL OPTIONS] COMMAND\n\n"
      "Starts the services of a file, as native processes, containers or remote processes, in\n"
      "the order that they need, and keeps them.\n\nCommands:\n";
  for (const Command* command : commands) {
    if (command->hidden) continue;
    std::string line = "  " + std::string(command->name);
    line.append(line.size() < 24 ? 24 - line.size() : 1, ' ');
    text += line + std::string(command->summary) + '\n';
  }
  text += "\nGlobal options:\n" + options_text(global_options(), 100);
  text += "\nRun 'consort COMMAND --help' for a command, 'man consort' for all of it.\n";
  return text;
}

std::string help_text(const Command& command, std::size_t width) {
  std::string text = "Usage: consort " + std::string(command.name);
  if (!command.usage.empty()) text += ' ' + std::string(command.usage);
  text += "\n\n" + std::string(command.summary) + "\n";
  if (!command.details.empty()) text += '\n' + wrapped(command.details, 0, width) + '\n';
  if (!command.options.empty()) text += "\nOptions:\n" + options_text(command.options, width);
  text += "\nGlobal options (consort --help) may stand here too.\n";
  return text;
}

std::string manual_page(std::span<const Command* const> commands) {
  std::string text =
      ".TH CONSORT 1 \"\" \"consort " CONSORT_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\nconsort \\- start and keep the services of a file\n"
      ".SH SYNOPSIS\n\\fBconsort\\fR [\\fIGLOBAL OPTIONS\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\n"
      "Starts the services of a file, as native processes, containers or remote processes, in "
      "the order that they need, and keeps them. The file is consort.yaml or a Compose file of "
      "this folder or the nearest one above it.\n"
      ".SH GLOBAL OPTIONS\nThey may stand before the command or among its options.\n";
  text += roff_options(global_options());
  text += ".SH COMMANDS\n";
  for (const Command* command : commands) {
    if (command->hidden) continue;
    text += ".SS \"" + roff(command->name) + (command->usage.empty() ? "" : " ") +
            roff(command->usage) + "\"\n" + roff(command->summary) + ".\n";
    if (!command->details.empty()) text += ".PP\n" + roff(command->details) + '\n';
    text += roff_options(command->options);
  }
  text += ".SH EXIT STATUS\n";
  for (const int code : listed_codes) {
    text += ".TP\n\\fB" + std::to_string(code) + "\\fR\n" + roff(meaning(code)) + ".\n";
  }
  text +=
      ".PP\n\\fBexec\\fR, \\fBrun\\fR, \\fBwait\\fR and \\fBup \\-\\-exit\\-code\\-from\\fR end "
      "with the code of what ran: its exit code, or 128 and the number of the signal that ended "
      "it.\n"
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBCOMPOSE_FILE\\fR, \\fBCOMPOSE_PROJECT_NAME\\fR, \\fBCOMPOSE_PROFILES\\fR, "
      "\\fBCOMPOSE_ENV_FILES\\fR\nAs in Docker Compose.\n"
      ".TP\n\\fBXDG_STATE_HOME\\fR, \\fBXDG_RUNTIME_DIR\\fR\nWhere state and sockets are kept.\n"
      ".TP\n\\fBCONSORT_RUNTIME_PATH\\fR\nFolders to look for runtimes in.\n"
      ".TP\n\\fBNO_COLOR\\fR\nNo colours.\n";
  return text;
}

}  // namespace consort::cli
