#include "core/api/frames.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace consort::api {
namespace {

using base::Error;
using base::Result;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

Result<void> send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return Error(base::ErrorKind::unavailable,
                   std::string("cannot send to the supervisor: ") + std::strerror(errno));
    }
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<std::optional<ReceivedFrame>> FrameParser::next() {
  constexpr std::size_t header = 5;
  const std::string_view rest = std::string_view(pending_).substr(start_);
  if (rest.size() < header) {
    pending_.erase(0, start_);
    start_ = 0;
    return std::optional<ReceivedFrame>();
  }
  const std::size_t length = big_endian(rest.substr(1, 4));
  if (length > frame_limit) {
    return Error(base::ErrorKind::invalid, "cannot read a frame: it is of " +
                                               std::to_string(length) + " bytes, at most " +
                                               std::to_string(frame_limit) + " are allowed");
  }
  if (rest.size() < header + length) {
    pending_.erase(0, start_);
    start_ = 0;
    return std::optional<ReceivedFrame>();
  }
  start_ += header + length;
  return std::optional<ReceivedFrame>(
      ReceivedFrame{static_cast<Frame>(static_cast<std::uint8_t>(rest[0])),
                    std::string(rest.substr(header, length))});
}

std::string encode_size(Size size) {
  return {static_cast<char>(size.rows >> 8), static_cast<char>(size.rows),
          static_cast<char>(size.columns >> 8), static_cast<char>(size.columns)};
}

std::optional<Size> decode_size(std::string_view payload) {
  if (payload.size() != 4) return std::nullopt;
  return Size{static_cast<std::uint16_t>(big_endian(payload.substr(0, 2))),
              static_cast<std::uint16_t>(big_endian(payload.substr(2, 2)))};
}

std::string encode_exit(std::int32_t code) {
  const auto bits = static_cast<std::uint32_t>(code);
  return {static_cast<char>(bits >> 24), static_cast<char>(bits >> 16),
          static_cast<char>(bits >> 8), static_cast<char>(bits)};
}

std::optional<std::int32_t> decode_exit(std::string_view payload) {
  if (payload.size() != 4) return std::nullopt;
  return static_cast<std::int32_t>(big_endian(payload));
}

Result<void> send_frame(int fd, Frame type, std::string_view payload) {
  do {
    const std::string_view part = payload.substr(0, frame_limit);
    payload.remove_prefix(part.size());
    const auto header = frame_header(type, part.size());
    std::string frame(header.begin(), header.end());
    frame += part;
    if (auto sent = send_all(fd, frame); !sent) return sent;
  } while (!payload.empty());
  return {};
}

Result<bool> receive_into(int fd, FrameParser& parser) {
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return Error(base::ErrorKind::unavailable,
                   std::string("cannot read from the supervisor: ") + std::strerror(errno));
    }
    if (n > 0) parser.feed(std::string_view(buffer, static_cast<std::size_t>(n)));
    return n > 0;
  }
}

}  // namespace consort::api
