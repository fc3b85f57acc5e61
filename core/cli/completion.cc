#include "core/cli/completion.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/cli/options.h"

namespace consort::cli {
namespace {

// Both shells' functions hand over all words and take lines "word<TAB>help"; the line ":files" asks
// for paths.
constexpr std::string_view bash_script = R"(# bash completion of consort: source it, or put it into
# ~/.local/share/bash-completion/completions/consort
_consort() {
  local line files= cur="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("${line%%$'\t'*}"); fi
  done < <(consort __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
  fi
}
complete -F _consort consort
)";

constexpr std::string_view zsh_script = R"(#compdef consort
# zsh completion of consort: put it as _consort into a folder of $fpath
_consort() {
  local line files= word
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; continue; fi
    word=${line%%$'\t'*}
    found+=("${word//:/\\:}:${line#*$'\t'}")
  done < <(consort __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe consort found
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _consort ]]; then _consort "$@"; else compdef _consort consort; fi
)";

constexpr std::string_view fish_script = R"(# fish completion of consort: put it into
# ~/.config/fish/completions/consort.fish
function __consort_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (consort __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c consort -f -a '(__consort_complete)'
)";

const Option* find_option(std::span<const Option> options, std::string_view word) {
  for (const Option& option : options) {
    if (word == "--" + std::string(option.name)) return &option;
    if (option.letter != 0 && word == std::string("-") + option.letter) return &option;
  }
  return nullptr;
}

void add(Completion& completion, std::string word, std::string_view help, std::string_view begun) {
  if (word.starts_with(begun))
    completion.candidates.push_back({std::move(word), std::string(help)});
}

void complete_value(Completion& completion, const Option& option, std::string_view begun) {
  for (const auto& choice : base::split(option.choices, '|')) {
    if (!choice.empty()) add(completion, choice, "", begun);
  }
  if (option.value == "FILE" || option.value == "DIR") completion.wants_files = true;
  if (option.value.starts_with("SERVICE")) completion.wants_services = true;
}

void complete_options(Completion& completion, std::span<const Option> options,
                      std::string_view begun) {
  for (const Option& option : options) {
    add(completion, "--" + std::string(option.name), option.help, begun);
  }
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return std::string(bash_script);
  if (shell == "zsh") return std::string(zsh_script);
  if (shell == "fish") return std::string(fish_script);
  return {};
}

Completion complete(std::span<const std::string> line, std::span<const Command* const> commands) {
  Completion completion;
  if (line.empty()) return completion;
  const std::string begun = line.back();
  const Command* command = nullptr;
  std::string name;
  std::vector<std::string> words;  // of the command
  const Option* open = nullptr;    // an option that waits for its value
  const auto known = [&](const std::string& word) {
    const Option* found = command != nullptr ? find_option(command->options, word) : nullptr;
    return found != nullptr ? found : find_option(global_options(), word);
  };
  for (const std::string& word : line.first(line.size() - 1)) {
    if (open != nullptr) {
      if (find_option(global_options(), "--" + std::string(open->name)) != nullptr) {
        completion.before.push_back("--" + std::string(open->name) + '=' + word);
      }
      open = nullptr;
    } else if (word.size() > 1 && word[0] == '-' && words.empty()) {
      open = known(word);
      if (open != nullptr && open->value.empty()) open = nullptr;
      if (word.starts_with("--") && word.find('=') != std::string::npos &&
          known(word.substr(0, word.find('='))) != nullptr) {
        completion.before.push_back(word);
      }
    } else if (command == nullptr) {
      name += (name.empty() ? "" : " ") + word;
      const auto found = std::ranges::find(commands, name, &Command::name);
      if (found != commands.end()) command = *found;
    } else if (command->options_end_at_word || word[0] != '-') {
      words.push_back(word);
    }
  }
  if (open != nullptr) {
    complete_value(completion, *open, begun);
    return completion;
  }
  if (command == nullptr) {
    const std::string prefix = name.empty() ? "" : name + ' ';
    if (begun.starts_with('-')) complete_options(completion, global_options(), begun);
    for (const Command* candidate : commands) {
      if (candidate->hidden || !candidate->name.starts_with(prefix)) continue;
      const std::string rest(candidate->name.substr(prefix.size()));
      add(completion, rest.substr(0, rest.find(' ')), candidate->summary, begun);
    }
    const auto same = [](const Candidate& a, const Candidate& b) { return a.word == b.word; };
    auto& list = completion.candidates;
    list.erase(std::unique(list.begin(), list.end(), same), list.end());
    return completion;
  }
  if (begun.starts_with('-') && !(command->options_end_at_word && !words.empty())) {
    complete_options(completion, command->options, begun);
    return completion;
  }
  switch (command->words) {
    case Words::none:
      break;
    case Words::services:
      completion.wants_services = words.size() < command->most;
      break;
    case Words::service_then_command:
      completion.wants_services = words.empty();
      completion.wants_files = !words.empty();
      break;
    case Words::commands:
      for (const Command* candidate : commands) {
        if (!candidate->hidden) {
          add(completion, std::string(candidate->name), candidate->summary, begun);
        }
      }
      break;
    case Words::shells:
      for (const char* shell : {"bash", "zsh", "fish"}) add(completion, shell, "", begun);
      break;
  }
  return completion;
}

}  // namespace consort::cli
