#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/api/client.h"
#include "core/base/file.h"
#include "core/cli/screen.h"
#include "core/model/event.h"

namespace consort::cli {

// The person at the terminal that this command was started from, whatever its standard streams are
// (/dev/tty, as ssh does it).
class Person {
 public:
  // Nobody is there without a terminal, or where this command runs in its background.
  Person();

  bool is_there() const { return static_cast<bool>(terminal_); }
  // Shows the question and reads a line; `shown`: what is typed is seen. None: the end of the
  // input, or `interrupt_fd` became readable first.
  std::optional<std::string> ask(std::string_view question, bool shown, int interrupt_fd = -1);
  // Asks until it is yes or no; none as above.
  std::optional<bool> confirm(std::string_view question, int interrupt_fd = -1);

 private:
  base::Fd terminal_;
};

// Answers the questions of runtimes while a command waits: events of type "prompt".
class Asker {
 public:
  // All of it outlives this.
  Asker(api::Client& client, Screen& screen, int interrupt_fd)
      : client_(client), screen_(screen), interrupt_fd_(interrupt_fd) {}

  // The operation's path, which says whether somebody can be asked.
  std::string target(std::string_view path) const;
  // True: the event was a question, and is dealt with.
  bool take(const model::Event& event);

 private:
  api::Client& client_;
  Screen& screen_;
  int interrupt_fd_;
  Person person_;
  std::set<std::uint64_t> taken_;
};

}  // namespace consort::cli
