#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/api/protocol.h"

// Frames of an upgraded connection, for both ends.
namespace consort::api {

struct ReceivedFrame {
  Frame type{};
  std::string payload;
};

// Cuts a stream of bytes into frames. Pure; a frame larger than frame_limit is an error, after
// which the parser stays in error.
class FrameParser {
 public:
  void feed(std::string_view bytes) { pending_ += bytes; }
  // The next whole frame; nothing if more bytes are needed.
  base::Result<std::optional<ReceivedFrame>> next();

 private:
  std::string pending_;
  std::size_t start_ = 0;  // of what is not yet given out
};

struct Size {
  std::uint16_t rows = 0, columns = 0;
};
std::string encode_size(Size size);                         // payload of Frame::resize
std::optional<Size> decode_size(std::string_view payload);  // nothing if it is malformed
std::string encode_exit(std::int32_t code);                 // payload of Frame::exit
std::optional<std::int32_t> decode_exit(std::string_view payload);

// Blocking ends, for the CLI. A payload larger than frame_limit is sent as several frames.
base::Result<void> send_frame(int fd, Frame type, std::string_view payload);
// Waits for bytes and feeds them: false at the end of the stream. EINTR is repeated.
base::Result<bool> receive_into(int fd, FrameParser& parser);

}  // namespace consort::api
