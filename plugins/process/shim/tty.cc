#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace consort::shim {

int open_tty(TtySize size, bool has_uid, uid_t uid, int& master, int& terminal) {
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master < 0) return errno;
  int locked = 0;
  if (ioctl(master, TIOCSPTLCK, &locked) != 0) return errno;
  // TIOCGPTPEER needs no name, and so no /dev/pts of the right mount namespace.
  terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return errno;
  if (has_uid && uid != geteuid() && fchown(terminal, uid, static_cast<gid_t>(-1)) != 0) {
    return errno;
  }
  if (size.rows != 0 && size.cols != 0 && !resize_tty(master, size)) return errno;
  return 0;
}

bool resize_tty(int master, TtySize size) {
  winsize window{};
  window.ws_row = size.rows;
  window.ws_col = size.cols;
  return ioctl(master, TIOCSWINSZ, &window) == 0;
}

void Pump::read_some() {
  ssize_t n = read(from_, buffer_, sizeof buffer_);
  if (n > 0) {
    at_ = 0;
    length_ = broken_ ? 0 : static_cast<std::size_t>(n);
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    ended_ = true;
  }
}

void Pump::write_some() {
  ssize_t n = write(to_, buffer_ + at_, length_);
  if (n > 0) {
    at_ += static_cast<std::size_t>(n);
    length_ -= static_cast<std::size_t>(n);
  } else if (errno != EAGAIN && errno != EINTR) {
    // Nobody takes it: go on reading, so that the writer is not held up.
    broken_ = true;
    length_ = 0;
  }
}

bool Pump::send_eof() {
  if (length_ != 0) return false;
  buffer_[0] = 4;
  at_ = 0;
  length_ = 1;
  return true;
}

bool Pump::drain() {
  if (length_ != 0) return false;
  if (ended_) return true;
  ssize_t n = read(from_, buffer_, sizeof buffer_);
  if (n <= 0) return true;
  at_ = 0;
  length_ = broken_ ? 0 : static_cast<std::size_t>(n);
  return false;
}

}  // namespace consort::shim
