// From the FIFOs or the terminal into the log. Between two calls nothing taken by the log is
// unwritten unless the log is blocked, so that the journal may move its buffers.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

namespace consort::shim {
namespace {

constexpr std::uint32_t chunk = 65536;
constexpr int burst_pipe = 1 << 20;
constexpr std::uint64_t trim_ms = 1000;

}  // namespace

// True if something was read; it is in the log then, or the log is blocked.
bool Shim::read_source(int stream) {
  Source& source = source_[stream];
  if (source.fd < 0 || log_.blocked()) return false;
  int available = chunk;
  if (!spec_.tty && (ioctl(source.fd, FIONREAD, &available) != 0 || available <= 0)) return false;
  if (available == chunk && !spec_.tty) fcntl(source.fd, F_SETPIPE_SZ, burst_pipe);
  auto wanted = static_cast<std::uint32_t>(available);
  if (spec_.tty) wanted = 4096;
  if (wanted > chunk) wanted = chunk;
  log_.stamp();
  if (!journal_.make_room(stream, wanted)) {
    // No room and no memory for more: a partial record now rather than later.
    log_.reload();
    if (!emit_all(stream)) return true;
    journal_.make_room(stream, wanted);
  }
  log_.reload();
  const StreamState& state = journal_.state().stream[stream];
  std::uint32_t room = journal_.capacity(stream) - state.end;
  std::uint32_t count = wanted < room ? wanted : room;
  if (!spec_.tty) journal_.announce_read(stream, count);
  ssize_t n = read(source.fd, journal_.data(stream) + journal_.state().stream[stream].end, count);
  int error = errno;
  journal_.end_read(stream, n > 0 ? static_cast<std::uint32_t>(n) : 0);
  if (n <= 0) {
    if (n == 0 || error != EAGAIN) source.hung_up = true;
    return false;
  }
  bool shown = spec_.tty ? emit_all(stream) : emit(stream) && log_.flush();
  if (shown && (log_.peak() > 4096 || count == chunk)) trim_at_ = monotonic_ms() + trim_ms;
  return true;
}

// Gives the log every complete line, and fragments of what is longer than one record.
bool Shim::emit(int stream) {
  const char* data = journal_.data(stream);
  std::uint32_t end = journal_.state().stream[stream].end;
  std::uint32_t at = log_.next(stream);
  while (at < end) {
    const auto* newline = static_cast<const char*>(memchr(data + at, '\n', end - at));
    std::uint32_t stop = newline == nullptr ? end : static_cast<std::uint32_t>(newline - data);
    if (stop - at > log_fragment) {
      if (!log_.append(stream, false, data + at, log_fragment, at + log_fragment)) return false;
      at += log_fragment;
      continue;
    }
    if (newline == nullptr) break;
    if (!log_.append(stream, true, data + at, stop - at, stop + 1)) return false;
    at = stop + 1;
  }
  return true;
}

// The same, and an unfinished line as a partial record.
bool Shim::emit_all(int stream) {
  if (!emit(stream)) return false;
  std::uint32_t at = log_.next(stream);
  std::uint32_t end = journal_.state().stream[stream].end;
  if (at < end && !log_.append(stream, false, journal_.data(stream) + at, end - at, end)) {
    return false;
  }
  return log_.flush();
}

void Shim::retry_log() {
  if (!log_.flush()) return;
  log_.stamp();
  for (int i = 0; i < 2; ++i) {
    if (!(spec_.tty ? emit_all(i) : emit(i))) return;
  }
  log_.flush();
}

void Shim::drain() {
  for (int i = 0; i < 2; ++i) {
    while (read_source(i) && !log_.blocked()) {
    }
  }
}

// An unterminated last line becomes a full record: a reader sees a line that ends, not one that
// waits.
void Shim::finish_stream(int stream) {
  std::uint32_t at = log_.next(stream);
  std::uint32_t end = journal_.state().stream[stream].end;
  if (at == end && !log_.partial(stream)) return;
  log_.stamp();
  if (!emit(stream)) return;
  at = log_.next(stream);
  if (at == end && !log_.partial(stream)) return;
  if (log_.append(stream, true, journal_.data(stream) + at, end - at, end)) log_.flush();
}

void Shim::finish_streams() {
  if (spec_.exec_mode) return;
  for (int i = 0; i < 2 && !log_.blocked(); ++i) finish_stream(i);
}

// mode=exec with a tty: true once its output was passed on to whoever wants it.
bool Shim::show_drained() {
  while (!show_.drain()) {
    if (!show_.idle()) return false;
  }
  return true;
}

}  // namespace consort::shim
