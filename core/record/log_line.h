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

// Times as text, in UTC with nine decimals. Lines that came together have one, which is made once.
class TimeText {
 public:
  const std::string& of(base::WallTime time);

 private:
  base::WallTime time_{};
  std::string text_ = "1970-01-01T00:00:00.000000000Z";
};

// What stands before the text.
inline constexpr std::size_t log_line_header = 40;

// Appends the line with its newline.
void append_log_line(std::string& out, const LogLine& line, TimeText& times);
inline void append_log_line(std::string& out, const LogLine& line) {
  TimeText times;
  append_log_line(out, line, times);
}

// A line on the wire: "<label> <CRI line>". The label has no space.
struct LabelledLine {
  std::string_view label;
  LogLine line;
};
std::optional<LabelledLine> parse_labelled_line(std::string_view line);

}  // namespace consort::record
