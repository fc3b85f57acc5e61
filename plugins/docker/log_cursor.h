#pragma once

#include <consort/runtime.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace consort::docker {

// How far the log of a container is stored: of each stream the time of the last line and how many
// lines of that time there are, since times tie and streams interleave. Kept as text with each
// line.
struct LogCursor {
  struct Mark {
    std::int64_t at_ns = 0;  // 0: none stored
    std::uint32_t count = 0;
  };
  Mark out, err;

  Mark& of(consort_stream stream) { return stream == CONSORT_STDERR ? err : out; }
  void advance(consort_stream stream, std::int64_t at_ns);

  std::string text() const;  // "OUT_NS:COUNT,ERR_NS:COUNT"
  static LogCursor parse(std::string_view text);
};

// Tells what is new of a log that is read again from some time before a cursor.
class LogResume {
 public:
  explicit LogResume(const LogCursor& stored) : stored_(stored) {}

  // From when to ask the engine for lines, in Unix nanoseconds; 0: from the start.
  std::int64_t since() const;
  // Of each line in order: whether it comes after what is stored.
  bool is_new(consort_stream stream, std::int64_t at_ns);

 private:
  LogCursor stored_;
  LogCursor seen_;
  bool passed_[2] = {false, false};
};

// Nanoseconds since the epoch of RFC 3339 text with "Z" or an offset; none if it is not.
std::optional<std::int64_t> parse_time_ns(std::string_view text);
// The same of a time of the engine, whose word for never is one of the year 1; 0 for that, too.
inline std::int64_t engine_time_ns(std::string_view text) {
  return text.starts_with("0001-") ? 0 : parse_time_ns(text).value_or(0);
}

}  // namespace consort::docker
