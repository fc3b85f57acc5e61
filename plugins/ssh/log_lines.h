#pragma once

#include <consort/runtime.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
// `line` without its newline; none if it is not one (a torn line after a kill).
std::optional<LogLine> parse_log_line(std::string_view line);

}  // namespace consort::ssh
