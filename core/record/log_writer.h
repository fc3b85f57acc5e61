#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/record/log_line.h"

namespace consort::record {

struct LogRotation {
  std::uint64_t max_bytes = 10u << 20;  // of one segment; 0: never rotated
  std::uint32_t max_files = 3;          // segments kept; 0: all
};

// A line that a runtime pushes, and its own mark of it.
struct PushedLine {
  LogLine line;
  std::string_view cursor;
};

// Whole records of another log of this form; the cursor of each is `file` and the offset of its
// end.
struct PushedRecords {
  std::string_view bytes;
  std::string_view file;
  std::uint64_t offset = 0;  // of the first byte
};

// Stores the output that runtimes push: CRI segments as in segments.h, and the cursor of the last
// stored line beside them, so that after a crash a runtime knows where to go on. After a
// kill the log ends where the cursor stands, so that nothing is lost or stored twice. Any thread.
class LogWriter {
 public:
  explicit LogWriter(LogRotation rotation) { rotate_at(rotation); }
  ~LogWriter();

  // `instance` is the instance's directory, which exists. The texts have no newline. `stored`: how
  // many are; after an error (no space) the others are to be given again later.
  base::Result<void> append(const std::filesystem::path& instance,
                            std::span<const PushedLine> lines, std::size_t& stored);
  // The same; the records are stored as they are, not looked into. `stored`: how many bytes are.
  base::Result<void> append(const std::filesystem::path& instance, const PushedRecords& records,
                            std::size_t& stored);
  base::Result<void> append(const std::filesystem::path& instance, const LogLine& line,
                            std::string_view cursor = {}) {
    const PushedLine one{line, cursor};
    std::size_t stored = 0;
    return append(instance, std::span(&one, 1), stored);
  }

  // The cursor of the last stored line, "" if there is none.
  base::Result<std::string> last_cursor(const std::filesystem::path& instance);

  // The same for one instance; it goes before the other until close().
  void rotate_at(const std::filesystem::path& instance, LogRotation rotation);

  // For what is appended from now on.
  void rotate_at(LogRotation rotation) {
    max_bytes_ = rotation.max_bytes;
    max_files_ = rotation.max_files;
  }

  // Lets go of the instance's descriptors; a later append opens it again.
  void close(const std::filesystem::path& instance);

 private:
  struct File;
  std::shared_ptr<File> file(const std::filesystem::path& instance);
  template <class Write>
  base::Result<void> append_all(const std::filesystem::path& instance, std::size_t all,
                                std::size_t& stored, Write write);

  std::atomic<std::uint64_t> max_bytes_;
  std::atomic<std::uint32_t> max_files_;
  std::mutex mutex_;  // of the map; each file has its own
  std::map<std::filesystem::path, std::shared_ptr<File>> files_;
};

}  // namespace consort::record
