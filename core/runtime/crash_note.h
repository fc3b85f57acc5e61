#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

// A plugin that crashes takes its process along, and the process that follows would ask it for the
// same again. So a crash leaves a note that names the runtime.
namespace consort::runtime {

// Of one plugin's thread. Outlives the thread.
class CrashNote {
 public:
  // `path`: where the note is left; empty: nowhere. Its folder must exist.
  CrashNote(std::string runtime, const std::filesystem::path& path)
      : runtime_(std::move(runtime)), path_(path) {}

  // Called on the plugin's thread: from now on a fatal signal of this thread is told on standard
  // error, and leaves the note if work is owed, or this was not long ago: what follows an init, a
  // start or an attach by itself (a timer, an event) would follow again.
  void watch_this_thread();
  // On the same thread, before it ends.
  void leave_this_thread();

  // The plugin owes work that the next process would ask for by itself: its init, starts and
  // attaches. Any thread.
  void owe() { ++owed_; }
  void settle() { --owed_; }

  void crashed(int signal) const;  // async-signal-safe

 private:
  const std::string runtime_;
  const std::string path_;
  std::atomic<int> owed_ = 0;
  // For a thread whose own stack has overflowed.
  alignas(16) std::array<std::byte, 16 * 1024> stack_;
  stack_t stack_before_{};
  std::int64_t since_ = 0;  // watched, seconds of the monotonic clock
};

// Installs the handlers of fatal signals, for the whole process.
void handle_crashes();

// The signal in the note ("Aborted"); the note is gone then. None: there was none.
std::optional<std::string> take_crash_note(const std::filesystem::path& path);

}  // namespace consort::runtime
