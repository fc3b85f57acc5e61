#include "control.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "record.h"
#include "sys.h"

namespace consort::shim {
namespace {

struct Order {
  int number = 0;
  std::uint64_t payload = 0;
};

bool parse_order(int count, char** words, Order& order) {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  if (count > 3 || (count > 1 && !parse_number(words[1], first)) ||
      (count > 2 && !parse_number(words[2], second))) {
    return false;
  }
  if (count == 1 && strcmp(words[0], "stop") == 0) {
    order.number = SIGTERM;
  } else if (count == 3 && strcmp(words[0], "stop") == 0) {
    StopOrder stop = {static_cast<int>(first), static_cast<std::uint32_t>(second)};
    order = {control_stop, pack_stop(stop)};
  } else if (count == 2 && strcmp(words[0], "signal") == 0) {
    order = {control_signal, first};
  } else if (count == 3 && strcmp(words[0], "resize") == 0) {
    TtySize size = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(second)};
    order = {control_resize, pack_size(size)};
  } else if (count == 1 && strcmp(words[0], "close-stdin") == 0) {
    order.number = control_close_stdin;
  }
  return order.number != 0;
}

int complain(const char* directory, const char* cause) {
  char buffer[4400];
  Text text(buffer, sizeof buffer);
  text.add("consort-shim: cannot signal the shim of ").add(directory).add(": ").add(cause);
  text.add("\n");
  [[maybe_unused]] ssize_t n = write(2, text.c_str(), text.size());
  return 1;
}

}  // namespace

int control(int count, char** words) {
  Order order;
  if (count < 2 || !parse_order(count - 1, words + 1, order)) return 2;
  const char* directory = words[0];
  Recorded recorded;
  if (!read_record(directory, recorded)) return complain(directory, strerror(errno));
  if (strcmp(recorded.boot_id, boot_id()) != 0 || recorded.shim <= 1) {
    return complain(directory, "it is not of this boot");
  }
  int fd = pidfd_open(recorded.shim);
  if (fd < 0) return complain(directory, strerror(errno));
  ProcStat stat;
  if (!read_stat(recorded.shim, stat) || stat.start != recorded.shim_start) {
    return complain(directory, "it is gone");
  }
  if (pidfd_signal_payload(fd, order.number, order.payload) != 0) {
    return complain(directory, strerror(errno));
  }
  return 0;
}

}  // namespace consort::shim
