#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace consort::record {

enum class Stream { out, err };

// One record of an instance's log: a line of the CRI log format (Kubernetes, KEP "cri logging"),
//
//   <RFC3339Nano> stdout|stderr P|F <text>\n
//
// P is a part of a line that the next record of the same stream goes on with. The text is any bytes
// but a newline.
struct LogLine {
  base::WallTime time{};
  Stream stream = Stream::out;
  bool partial = false;
  std::string_view text;  // a view into what was parsed
};

// `line` without its newline.
std::optional<LogLine> parse_log_line(std::string_view line);

// What stands before a record's text: the time in UTC with nine decimals, the stream and the tag.
// Lines that came together have one header, which is made once.
class LogHeader {
 public:
  static constexpr std::size_t length = 40;
  const std::string& of(const LogLine& line);

 private:
  base::WallTime time_{};
  std::string text_ = "1970-01-01T00:00:00.000000000Z stdout F ";
};

// Appends the line with its newline.
void append_log_line(std::string& out, const LogLine& line, LogHeader& header);
inline void append_log_line(std::string& out, const LogLine& line) {
  LogHeader header;
  append_log_line(out, line, header);
}

// A line on the wire: "<label> <CRI line>". The label has no space.
struct LabelledLine {
  std::string_view label;
  LogLine line;
};
std::optional<LabelledLine> parse_labelled_line(std::string_view line);

}  // namespace consort::record
