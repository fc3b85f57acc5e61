#include "core/cli/asker.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "core/cli/terminal.h"

namespace consort::cli {
namespace {

constexpr std::size_t longest_line = 4096;

// Hides what is typed, while it lives; the newline at its end is seen.
class Hidden {
 public:
  Hidden(int fd, bool hide) : fd_(fd) {
    termios mode{};
    if (!hide || ::tcgetattr(fd, &mode) != 0) return;
    before_ = mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    mode.c_lflag |= ECHONL;
    ::tcsetattr(fd, TCSAFLUSH, &mode);
  }
  ~Hidden() {
    if (before_) ::tcsetattr(fd_, TCSAFLUSH, &*before_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  int fd_;
  std::optional<termios> before_;
};

// False: the end, or the interrupt.
bool wait_for_input(int fd, int interrupt_fd) {
  pollfd fds[] = {{fd, POLLIN, 0}, {interrupt_fd, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(fds, interrupt_fd >= 0 ? 2 : 1, -1);
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && fds[1].revents == 0;
  }
}

}  // namespace

Person::Person() : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
  if (terminal_ && ::tcgetpgrp(terminal_.get()) != ::getpgrp()) terminal_.reset();
}

std::optional<std::string> Person::ask(std::string_view question, bool shown, int interrupt_fd) {
  const Hidden hidden(terminal_.get(), !shown);
  if (!base::write_all(terminal_.get(), harmless(question) + " ")) return std::nullopt;
  std::string line;
  while (line.size() < longest_line) {
    char byte = 0;
    if (!wait_for_input(terminal_.get(), interrupt_fd)) break;
    const auto count = ::read(terminal_.get(), &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (byte == '\n') return line;
    line += byte;
  }
  static_cast<void>(base::write_all(terminal_.get(), "\n"));
  return std::nullopt;
}

std::optional<bool> Person::confirm(std::string_view question, int interrupt_fd) {
  for (;;) {
    const auto line = ask(std::string(question) + " [y/n]", true, interrupt_fd);
    if (!line) return std::nullopt;
    if (*line == "y" || *line == "yes") return true;
    if (*line == "n" || *line == "no") return false;
  }
}

std::string Asker::target(std::string_view path) const {
  return std::string(path) + (person_.is_there() ? "?prompts=1" : "");
}

bool Asker::take(const model::Event& event) {
  if (event.type != "prompt") return false;
  // It is told again when another command comes that could ask too.
  if (!person_.is_there() || !taken_.insert(event.prompt).second) return true;
  screen_.finish();
  std::optional<std::string> text;
  if (event.action == "confirm") {
    const auto agreed = person_.confirm(event.message, interrupt_fd_);
    if (agreed) text = *agreed ? "yes" : "no";
  } else {
    text = person_.ask(event.message + ":", false, interrupt_fd_);
  }
  const auto sent =
      client_.post("/v1/answer", api::to_json(api::AnswerRequest{event.prompt, text}));
  if (!sent && sent.error().kind() != base::ErrorKind::not_found) {
    screen_.note(sent.error().message());
  }
  return true;
}

}  // namespace consort::cli
