#include "core/runtime/crash_note.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string_view>

#include "core/base/file.h"

namespace consort::runtime {
namespace {

// A crash within this time would come again as soon as the next process had loaded the plugin.
constexpr std::int64_t soon_seconds = 10;

std::int64_t seconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

thread_local const CrashNote* note_of_this_thread = nullptr;

void put(int fd, std::string_view text) {
  static_cast<void>(!::write(fd, text.data(), text.size()));
}

// The handler is reset by then: the signal that is raised here ends the process when this returns.
extern "C" void on_crash(int signal) {
  if (note_of_this_thread != nullptr) note_of_this_thread->crashed(signal);
  ::raise(signal);
}

}  // namespace

void CrashNote::watch_this_thread() {
  stack_t stack{};
  stack.ss_sp = stack_.data();
  stack.ss_size = stack_.size();
  ::sigaltstack(&stack, &stack_before_);
  since_ = seconds_now();
  note_of_this_thread = this;
}

void CrashNote::leave_this_thread() {
  note_of_this_thread = nullptr;
  ::sigaltstack(&stack_before_, nullptr);
}

void CrashNote::crashed(int signal) const {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, signal).ptr;
  const std::string_view number(digits, static_cast<std::size_t>(end - digits));
  if (!path_.empty() && (owed_ > 0 || seconds_now() - since_ < soon_seconds)) {
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) put(fd, number);
    if (fd >= 0) ::close(fd);
  }
  put(STDERR_FILENO, "consort: runtime ");
  put(STDERR_FILENO, runtime_);
  put(STDERR_FILENO, " crashed, and this supervisor with it: signal ");
  put(STDERR_FILENO, number);
  put(STDERR_FILENO, "\n");
}

void handle_crashes() {
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    ::sigaction(signal, &action, nullptr);
  }
}

std::optional<std::string> take_crash_note(const std::filesystem::path& path) {
  const auto text = base::read_file(path, 16);
  if (!text) return std::nullopt;
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  int signal = 0;
  std::from_chars(text->data(), text->data() + text->size(), signal);
  return std::string(::strsignal(signal));
}

}  // namespace consort::runtime
