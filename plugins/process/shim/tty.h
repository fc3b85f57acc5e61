#pragma once

// Pseudo-terminals, and bytes that are passed on without being logged.

#include <sys/types.h>

#include <cstddef>

#include "protocol.h"

namespace consort::shim {

// Opens a pseudo-terminal of that size (0: left alone), its terminal end owned by `uid`. 0 or
// errno.
int open_tty(TtySize size, bool has_uid, uid_t uid, int& master, int& terminal);
bool resize_tty(int master, TtySize size);

// Passes bytes from one descriptor to another, one small buffer at a time and never blocking if
// each call follows a poll that said so.
class Pump {
 public:
  void open(int from, int to) {
    from_ = from;
    to_ = to;
  }
  // The descriptor to poll for reading or for writing; -1: none.
  int reading() const { return length_ == 0 && !ended_ ? from_ : -1; }
  int writing() const { return length_ != 0 ? to_ : -1; }
  void read_some();
  void write_some();
  bool ended() const { return ended_; }
  bool idle() const { return length_ == 0; }
  // Puts an end-of-transmission character behind what was passed on: a terminal's end of file.
  // False: not now.
  bool send_eof();
  // Nothing more can come: true once everything was passed on.
  bool drain();

 private:
  int from_ = -1;
  int to_ = -1;
  bool ended_ = false;
  bool broken_ = false;
  std::size_t at_ = 0;
  std::size_t length_ = 0;
  char buffer_[2048];
};

}  // namespace consort::shim
