#pragma once

#include <termios.h>

#include <optional>

namespace consort::cli {

// Puts a terminal into raw mode: every key goes to the service, none makes a signal. The mode that
// was there before is put back at the end.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  int fd_;
  std::optional<termios> before_;
};

}  // namespace consort::cli
