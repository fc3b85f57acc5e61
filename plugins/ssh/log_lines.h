#pragma once

#include <consort/runtime.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consort::ssh {

// How far an instance's log is read: the segment of the shim's log and the byte in it. Kept with
// each stored line, so that nothing is lost or stored twice whatever breaks.
struct LogPlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;

  std::string text() const;  // "SEGMENT:OFFSET"
  // The start of the log if the text is no place.
  static LogPlace parse(std::string_view text);
  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

// One line of a shim's log (plugins/process/shim/README.md). Views into the text.
struct LogLine {
  consort_stream stream = CONSORT_STDOUT;
  std::int64_t at_ns = 0;
  bool partial = false;
  std::string_view text;
};
// Parses lines of one text, which is viewed. Those that were written together have one time, which
// is parsed once.
class LogLines {
 public:
  // `line` without its newline; none if it is not one (a torn line after a kill).
  std::optional<LogLine> parse(std::string_view line);

 private:
  std::string_view stamp_;
  std::int64_t at_ns_ = 0;
};

// Lines to be stored together, each with the place behind it. The texts are viewed.
class LogBatch {
 public:
  LogBatch() { lines_.reserve(most); }
  bool full() const { return lines_.size() == most; }
  // Only while it is not full.
  void add(const LogLine& line, const LogPlace& behind);
  // Good until the batch changes or ends.
  std::span<const consort_line> lines() const { return lines_; }

 private:
  static constexpr std::size_t most = 512;
  std::vector<consort_line> lines_;
  std::array<char[32], most> cursors_;
};

}  // namespace consort::ssh
