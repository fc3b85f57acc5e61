#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace consort::daemon {

// The supervisor's own log: a file of at most 1 MiB and one older one. Opened with the first line.
// On the core's thread.
class Log {
 public:
  enum class Level { info, warning, error };

  explicit Log(std::filesystem::path path);
  ~Log();

  // Never fails: what cannot be written is lost.
  void write(Level level, std::string_view line);
  void info(std::string_view line) { write(Level::info, line); }
  void warning(std::string_view line) { write(Level::warning, line); }
  void error(std::string_view line) { write(Level::error, line); }

  // Writes no more, so that its directory can be removed.
  void close();

 private:
  struct File;
  std::filesystem::path path_;
  std::unique_ptr<File> file_;
  bool closed_ = false;
};

}  // namespace consort::daemon
