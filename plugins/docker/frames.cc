#include "plugins/docker/frames.h"

#include <algorithm>

#include "plugins/docker/log_cursor.h"

namespace consort::docker {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t tidy_from = 65536;

std::size_t length_of(std::string_view header) {
  std::size_t length = 0;
  for (std::size_t i = 4; i < header_size; ++i) {
    length = length << 8 | static_cast<unsigned char>(header[i]);
  }
  return length;
}

consort_stream stream_of(std::string_view header) {
  return header[0] == 2 ? CONSORT_STDERR : CONSORT_STDOUT;
}

}  // namespace

void Frames::drop_done() {
  if (done_ == buffer_.size()) {
    buffer_.clear();
  } else if (done_ >= tidy_from) {
    buffer_.erase(0, done_);
  } else {
    return;
  }
  done_ = 0;
}

std::optional<Frames::Frame> Frames::take() {
  drop_done();
  const auto rest = std::string_view(buffer_).substr(done_);
  if (plain_) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    done_ += newline + 1;
    return Frame{CONSORT_STDOUT, rest.substr(0, newline + 1)};
  }
  if (rest.size() < header_size) return std::nullopt;
  const std::size_t length = length_of(rest);
  if (rest.size() < header_size + length) return std::nullopt;
  done_ += header_size + length;
  return Frame{stream_of(rest), rest.substr(header_size, length)};
}

std::optional<Frames::Frame> Frames::rest() {
  drop_done();
  if (!plain_ || empty()) return std::nullopt;
  const auto bytes = std::string_view(buffer_).substr(done_);
  done_ = buffer_.size();
  return Frame{CONSORT_STDOUT, bytes};
}

std::optional<Frames::Frame> Frames::take_bytes() {
  if (plain_) return rest();
  for (;;) {
    drop_done();
    const auto rest = std::string_view(buffer_).substr(done_);
    if (left_ > 0) {
      const std::size_t length = std::min(left_, rest.size());
      if (length == 0) return std::nullopt;
      left_ -= length;
      done_ += length;
      return Frame{stream_, rest.substr(0, length)};
    }
    if (rest.size() < header_size) return std::nullopt;
    stream_ = stream_of(rest);
    left_ = length_of(rest);
    done_ += header_size;
  }
}

LogMessage parse_log_message(std::string_view frame) {
  LogMessage message;
  const std::size_t space = std::min(frame.find(' '), frame.size());
  if (const auto at = parse_time_ns(frame.substr(0, space))) {
    message.at_ns = *at;
    frame.remove_prefix(std::min(space + 1, frame.size()));
  }
  message.partial = !frame.ends_with('\n');
  if (!message.partial) frame.remove_suffix(1);
  message.bytes = frame;
  return message;
}

}  // namespace consort::docker
