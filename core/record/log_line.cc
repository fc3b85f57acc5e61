#include "core/record/log_line.h"

#include "core/model/json.h"

namespace consort::record {
namespace {

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

const std::string& TimeText::of(base::WallTime time) {
  if (time == time_) return text_;
  if (time == base::WallTime{}) {
    *this = {};
  } else {
    time_ = time;
    text_ = model::format_time(time);
  }
  return text_;
}

void append_log_line(std::string& out, const LogLine& line, TimeText& times) {
  out += times.of(line.time);
  out += line.stream == Stream::err ? " stderr " : " stdout ";
  out += line.partial ? "P " : "F ";
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
