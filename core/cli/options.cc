#include "core/cli/options.h"

#include <algorithm>
#include <climits>

#include <boost/program_options.hpp>

#include "core/base/text.h"

namespace consort::cli {
namespace {

namespace po = boost::program_options;
using base::Error;
using base::ErrorKind;

constexpr Option globals[] = {
    {"file", 'f', "FILE", "Configuration file; repeat to merge several, - reads standard input",
     true},
    {"project-name", 'p', "NAME", "Name of the project"},
    {"profile", 0, "NAME", "Enable a profile", true},
    {"env-file", 0, "FILE", "Read variables from this file instead of .env", true},
    {"project-directory", 0, "DIR", "Resolve relative paths from here"},
    {"plugin-dir", 0, "DIR", "Look for runtimes here first", true},
    {"strict", 0, "", "Refuse keys that a service's runtime cannot honour"},
    {"ansi", 0, "WHEN", "Use terminal control characters", false, "auto|always|never"},
    {"progress", 0, "HOW", "How to show progress", false, "auto|tty|plain|quiet"},
    {"version", 'v', "", "Show the version"},
    {"help", 'h', "", "Show this help"},
};

void describe(po::options_description& description, const Option& option, bool with_letter) {
  std::string names(option.name);
  if (with_letter && option.letter != 0) names += std::string(",") + option.letter;
  if (option.value.empty()) {
    description.add_options()(names.c_str(), "");
  } else {
    description.add_options()(names.c_str(), po::value<std::string>(), "");
  }
}

const Option* find(std::span<const Option> options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

bool takes_letter(std::span<const Option> options, char letter) {
  return std::ranges::find(options, letter, &Option::letter) != options.end();
}

// Everything from the first word on is left as it is.
std::vector<po::option> stop_at_word(std::vector<std::string>& line) {
  std::vector<po::option> words;
  if (line.front().size() > 1 && line.front().starts_with('-')) return words;
  for (std::string& word : line) {
    po::option option;
    option.value.push_back(word);
    option.original_tokens.push_back(std::move(word));
    option.position_key = INT_MAX;
    words.push_back(std::move(option));
  }
  line.clear();
  return words;
}

std::string unknown_option(const std::string& token, std::span<const Option> options,
                           std::span<const Option> also) {
  std::string text = "unknown option " + token;
  if (!token.starts_with("--")) return text;
  std::vector<std::string_view> names;
  for (const Option& option : options) names.push_back(option.name);
  for (const Option& option : also) names.push_back(option.name);
  const std::string name = token.substr(2, token.find('=') - 2);
  if (const std::string near = base::nearest(name, names); !near.empty()) {
    text += "; did you mean --" + near + "?";
  }
  return text;
}

base::Result<void> check_choice(const Option& option, const std::string& value) {
  if (option.choices.empty()) return {};
  const auto choices = base::split(option.choices, '|');
  if (std::ranges::find(choices, value) != choices.end()) return {};
  return Error(ErrorKind::invalid, "--" + std::string(option.name) + " cannot be \"" + value +
                                       "\": use one of " + base::join(choices, ", "));
}

// The commands of two words of which this is the first.
std::vector<std::string> group_of(std::span<const Command* const> commands, std::string_view word) {
  const std::string prefix = std::string(word) + ' ';
  std::vector<std::string> members;
  for (const Command* command : commands) {
    if (command->name.starts_with(prefix)) members.emplace_back(command->name);
  }
  return members;
}

// What Docker Compose has and Consort has not, and what does it here.
constexpr std::pair<std::string_view, std::string_view> instead[] = {
    {"convert", "it is 'consort config'"},
    {"scale", "'consort up -d --scale SERVICE=NUMBER' does it"},
    {"watch", "'consort up -d --build' takes in what has changed"},
};

Error unknown_command(std::span<const Command* const> commands, const std::string& name) {
  for (const auto& [missing, how] : instead) {
    if (name == missing) {
      return Error(ErrorKind::invalid, "there is no command \"" + name + "\": " + std::string(how));
    }
  }
  std::vector<std::string_view> names;
  for (const Command* command : commands) {
    if (!command->hidden) names.push_back(command->name);
  }
  if (const auto members = group_of(commands, name); !members.empty()) {
    return Error(ErrorKind::invalid,
                 "\"" + name + "\" needs one of its commands: " + base::join(members, ", "));
  }
  std::string text = "unknown command \"" + name + "\"";
  if (const std::string near = base::nearest(name, names); !near.empty()) {
    text += "; did you mean \"" + near + "\"?";
  }
  return Error(ErrorKind::invalid, text);
}

base::Result<void> check_count(const Command& command, std::size_t count) {
  if (count < command.least) {
    return Error(ErrorKind::invalid, "too few arguments: " + std::string(command.usage));
  }
  if (count > command.most) {
    return Error(ErrorKind::invalid, command.most == 0
                                         ? "no argument is taken"
                                         : "too many arguments: " + std::string(command.usage));
  }
  return {};
}

}  // namespace

std::span<const Option> global_options() { return globals; }

bool Arguments::flag(std::string_view option) const { return options_.contains(option); }

std::optional<std::string> Arguments::value(std::string_view option) const {
  const auto found = options_.find(option);
  if (found == options_.end()) return std::nullopt;
  return found->second.back();
}

std::string Arguments::get(std::string_view option, std::string_view otherwise) const {
  return value(option).value_or(std::string(otherwise));
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>{} : found->second;
}

base::Result<Arguments> parse_options(std::span<const std::string> line,
                                      std::span<const Option> options, std::span<const Option> also,
                                      bool end_at_word) {
  po::options_description description;
  for (const Option& option : options) describe(description, option, true);
  for (const Option& option : also) {
    if (find(options, option.name) == nullptr) {
      describe(description, option, !takes_letter(options, option.letter));
    }
  }
  po::command_line_parser parser({line.begin(), line.end()});
  namespace style = po::command_line_style;
  parser.options(description).style(style::unix_style & ~style::allow_guessing);
  if (end_at_word) parser.extra_style_parser(stop_at_word);

  Arguments arguments;
  try {
    for (const po::option& parsed : parser.run().options) {
      if (parsed.string_key.empty()) {
        for (const std::string& word : parsed.value) arguments.add_word(word);
        continue;
      }
      const Option* option = find(options, parsed.string_key);
      if (option == nullptr) option = find(also, parsed.string_key);
      const std::string value = parsed.value.empty() ? "" : parsed.value.front();
      if (const auto right = check_choice(*option, value); !right) return right.error();
      arguments.set(parsed.string_key, value);
    }
  } catch (const po::unknown_option& error) {
    return Error(ErrorKind::invalid, unknown_option(error.get_option_name(), options, also));
  } catch (const po::invalid_command_line_syntax& error) {
    const std::string name = error.get_option_name();
    const bool missing = error.kind() == po::invalid_syntax::missing_parameter;
    return Error(ErrorKind::invalid, name + (missing ? " needs a value" : " takes no value"));
  } catch (const po::error& error) {
    return Error(ErrorKind::invalid, error.what());
  }
  return arguments;
}

base::Result<Invocation> parse_invocation(std::span<const std::string> line,
                                          std::span<const Command* const> commands) {
  auto front = parse_options(line, globals, {}, true);
  if (!front) return front.error();
  Invocation invocation;
  std::vector<std::string> words = front->words();
  for (const Option& option : globals) {
    for (const std::string& value : front->values(option.name)) {
      invocation.globals.set(std::string(option.name), value);
    }
  }
  invocation.help = front->flag("help");
  if (words.empty()) return invocation;

  std::string name = words.front();
  words.erase(words.begin());
  if (!words.empty() && !words.front().starts_with('-') && !group_of(commands, name).empty()) {
    name += ' ' + words.front();
    words.erase(words.begin());
  }
  const auto found = std::ranges::find(commands, name, &Command::name);
  if (found == commands.end()) return unknown_command(commands, name);
  invocation.command = *found;

  // Behind a command -v is no question for the version (but perhaps a volume's, for Docker's sake).
  std::vector<Option> also(std::begin(globals), std::end(globals));
  std::erase_if(also, [](const Option& option) { return option.name == "version"; });
  auto own = parse_options(words, invocation.command->options, also,
                           invocation.command->options_end_at_word);
  if (!own) return own.error().wrap(name);
  for (const Option& option : globals) {
    if (find(invocation.command->options, option.name) != nullptr) continue;
    for (const std::string& value : own->values(option.name)) {
      invocation.globals.set(std::string(option.name), value);
    }
  }
  invocation.arguments = std::move(*own);
  invocation.help = invocation.help || invocation.globals.flag("help");
  if (!invocation.help) {
    const std::size_t count = invocation.arguments.words().size();
    if (const auto right = check_count(*invocation.command, count); !right) {
      return right.error().wrap(name);
    }
  }
  return invocation;
}

}  // namespace consort::cli
