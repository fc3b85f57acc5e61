#include "core/record/log_line.h"

#include <algorithm>

#include "core/model/json.h"

namespace consort::record {
namespace {

constexpr std::size_t stamp = 30;  // the length of a time

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
  // The longest time is "2026-01-02T03:04:05.000000006+00:00".
  const std::size_t space = line.substr(0, 36).find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto time = model::parse_time(line.substr(0, space));
  if (!time) return std::nullopt;
  LogLine parsed;
  parsed.time = *time;
  line.remove_prefix(space);
  if (take_prefix(line, " stderr ")) {
    parsed.stream = Stream::err;
  } else if (!take_prefix(line, " stdout ")) {
    return std::nullopt;
  }
  if (take_prefix(line, "P ")) {
    parsed.partial = true;
  } else if (!take_prefix(line, "F ")) {
    return std::nullopt;
  }
  parsed.text = line;
  return parsed;
}

const std::string& LogHeader::of(const LogLine& line) {
  if (line.time != time_) {
    const std::string time = model::format_time(line.time);
    text_.replace(0, stamp, time.empty() ? "1970-01-01T00:00:00.000000000Z" : time);
    time_ = line.time;
  }
  std::copy_n(line.stream == Stream::err ? "err" : "out", 3, text_.begin() + stamp + 4);
  text_[length - 2] = line.partial ? 'P' : 'F';
  return text_;
}

void append_log_line(std::string& out, const LogLine& line, LogHeader& header) {
  out += header.of(line);
  out += line.text;
  out += '\n';
}

std::optional<LabelledLine> parse_labelled_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0) return std::nullopt;
  const auto parsed = parse_log_line(line.substr(space + 1));
  if (!parsed) return std::nullopt;
  return LabelledLine{line.substr(0, space), *parsed};
}

}  // namespace consort::record
