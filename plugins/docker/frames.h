#pragma once

#include <consort/runtime.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace consort::docker {

// The engine's framing of stdout and stderr on one connection: {stream, 0, 0, 0, length (big
// endian, 4 bytes)}, then the bytes. A container with a terminal sends the bytes alone.
class Frames {
 public:
  explicit Frames(bool plain) : plain_(plain) {}

  struct Frame {
    consort_stream stream;
    std::string_view bytes;  // good until the next call of take()
  };

  void put(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole frame; of a plain stream the next line with its newline. None: put more.
  std::optional<Frame> take();
  // At the end of a plain stream: what came after its last newline.
  std::optional<Frame> rest();
  bool empty() const { return done_ == buffer_.size(); }
  // As take(), but whatever bytes there are, for output that is passed on.
  std::optional<Frame> take_bytes();

 private:
  void drop_done();
  const bool plain_;
  std::string buffer_;
  std::size_t done_ = 0;
  consort_stream stream_ = CONSORT_STDOUT;  // of take_bytes(): the frame that is being passed on
  std::size_t left_ = 0;
};

// One message of a container's log: "TIME BYTES", as asked for with timestamps=1.
struct LogMessage {
  std::int64_t at_ns = 0;
  bool partial = false;  // the line goes on in the next message
  std::string_view bytes;
};
LogMessage parse_log_message(std::string_view frame);

}  // namespace consort::docker
