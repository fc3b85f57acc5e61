#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// What a command is: a constant in one `cmd_NAME.cc`, listed in commands.cc. Parsing, help, the
// manual page and shell completion are all made from these values.
namespace consort::cli {

struct Context;

// One option. Without `value` it is a switch. `repeat`: every occurrence counts; otherwise the last
// one wins. `choices` ("json|table") are checked and completed.
struct Option {
  std::string_view name;   // without the dashes
  char letter = 0;         // 0: none
  std::string_view value;  // what stands for the value in the help: "SECONDS"
  std::string_view help;
  bool repeat = false;
  std::string_view choices = {};
};

// The parsed options and the words beside them.
class Arguments {
 public:
  bool flag(std::string_view option) const;
  // The last value given, or nullopt. `get` has a default.
  std::optional<std::string> value(std::string_view option) const;
  std::string get(std::string_view option, std::string_view otherwise) const;
  std::vector<std::string> values(std::string_view option) const;

  const std::vector<std::string>& words() const { return words_; }

  void set(std::string option, std::string value) {
    options_[std::move(option)].push_back(std::move(value));
  }
  void add_word(std::string word) { words_.push_back(std::move(word)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::vector<std::string> words_;
};

// What the words of a command are, for completion.
enum class Words { none, services, commands, shells, service_then_command };

inline constexpr std::size_t any_number = static_cast<std::size_t>(-1);

struct Command {
  std::string_view name{};  // "up", "supervisor run"
  std::string_view summary{};
  std::string_view usage{};  // "[OPTIONS] [SERVICE...]"
  std::string_view details{};
  std::span<const Option> options{};
  Words words = Words::none;
  std::size_t least = 0;
  std::size_t most = 0;
  bool options_end_at_word = false;  // exec, run: what follows SERVICE is the command's
  bool hidden = false;
  // The exit code, or an error that main() prints and turns into one.
  base::Result<int> (*run)(Context& context, const Arguments& arguments) = nullptr;
};

}  // namespace consort::cli
