#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/cli/log_record.h"
#include "core/cli/terminal.h"

namespace consort::cli {

struct LogStyle {
  bool prefix = true;
  bool times = false;
  bool json = false;  // one object a line: service, index, time, stream, line
  Terminal terminal;  // colours; whether control characters are shown instead of sent
};

// Turns log records into text: "web-1  | line". Records that are parts of a long line are joined.
// Pure but for the joining.
class LogPrinter {
 public:
  explicit LogPrinter(LogStyle style) : style_(style) {}

  // Prefixes line up from the first line on when the names are known before.
  void expect(std::string_view replica);

  // The text to print, newline included; empty while a line is not complete.
  std::string print(const LogRecord& record);
  // What is left of unfinished lines, e.g. a prompt without a newline.
  std::string rest();

 private:
  struct Partial {
    std::string replica, time, text;
    bool err = false;
  };
  std::string show(std::string_view replica, std::string_view time, bool err,
                   std::string_view text);
  Color color_of(std::string_view replica);

  LogStyle style_;
  std::size_t width_ = 0;
  std::map<std::string, Color, std::less<>> colors_;     // by service
  std::map<std::string, Partial, std::less<>> partial_;  // by replica and stream
};

}  // namespace consort::cli
