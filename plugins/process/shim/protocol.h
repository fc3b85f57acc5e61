#pragma once

// The interface of consort-shim: everything that its callers and it must agree on. README.md beside
// this file has the whole contract in prose. Plain constants and structs; no dependency but the C
// library's integer types.

#include <cstdint>

namespace consort::shim {

// The version of everything below. A spec asks for the version that it needs (`version=N`); a shim
// refuses a spec that needs a newer one (EPROTONOSUPPORT) and runs every older one. A shim states
// its version in the record, so that a newer supervisor knows what a shim started by an older one
// understands. Unknown spec keys are ignored.
inline constexpr std::uint32_t protocol_version = 1;

// Names in the instance directory.
inline constexpr const char* spec_file = "spec";
inline constexpr const char* record_file = "record";
inline constexpr const char* log_directory = "log";
inline constexpr const char* log_error_file = "log_error";
inline constexpr const char* log_dropped_file = "log_dropped";
// Longer than this it begins anew.
inline constexpr std::uint32_t log_dropped_most = 65536;

// Names in fifo_dir are the instance's id with one of these behind it.
inline constexpr const char* stdout_suffix = ".out";
inline constexpr const char* stderr_suffix = ".err";
inline constexpr const char* stdin_suffix = ".in";
inline constexpr const char* journal_suffix = ".buf";

// The shim puts CONSORT_INSTANCE_ID=<id> first in the environment of what it starts: it marks the
// tree.
inline constexpr const char* instance_variable = "CONSORT_INSTANCE_ID";

// A longer line is split into partial records of this many bytes.
inline constexpr std::uint32_t log_fragment = 16384;
// Between "<time> stdout F " and the text: 30 bytes of time, and fixed widths behind it.
inline constexpr std::uint32_t log_header = 40;

// Exit status of consort-shim itself when nothing could be started.
inline constexpr int status_not_started = 125;

// ---- Control: real-time signals, sent with a payload (si_value.sival_ptr as 64 bits) and si_code
// SI_QUEUE by pidfd_send_signal or sigqueue. Fixed numbers, not SIGRTMIN + n, because that differs
// from C library to C library. SIGTERM and SIGINT without a payload are a stop with the spec's
// signal and grace.
inline constexpr int control_stop = 40;  // payload: pack_stop
inline constexpr int control_signal =
    41;  // payload: the signal's number; to the process group, nothing else
inline constexpr int control_resize = 42;  // payload: pack_size; tty only
inline constexpr int control_close_stdin =
    43;  // no payload; end of file for stdin=closable and for a tty's input

struct StopOrder {
  int signal;              // 0: the spec's stop signal
  std::uint32_t grace_ms;  // 0: SIGKILL at once
};

constexpr std::uint64_t pack_stop(StopOrder order) {
  return static_cast<std::uint64_t>(order.signal & 0xff) |
         static_cast<std::uint64_t>(order.grace_ms) << 8;
}

constexpr StopOrder unpack_stop(std::uint64_t payload) {
  return {static_cast<int>(payload & 0xff), static_cast<std::uint32_t>(payload >> 8)};
}

struct TtySize {
  std::uint16_t rows;
  std::uint16_t cols;
};

constexpr std::uint64_t pack_size(TtySize size) {
  return static_cast<std::uint64_t>(size.rows) << 16 | size.cols;
}

constexpr TtySize unpack_size(std::uint64_t payload) {
  return {static_cast<std::uint16_t>(payload >> 16), static_cast<std::uint16_t>(payload)};
}

// ---- Which step of a start failed; in the reply, and by name in the exit file (`exec_stage`).
enum class Stage : std::uint32_t {
  none,
  spec,
  record,
  fifo,
  tty,
  fork,
  limits,
  user,
  cwd,
  exec,
  adopt
};

inline constexpr const char* stage_names[] = {"none",   "spec", "record", "fifo", "tty",  "fork",
                                              "limits", "user", "cwd",    "exec", "adopt"};

constexpr const char* stage_name(Stage stage) {
  auto index = static_cast<std::uint32_t>(stage);
  return index < sizeof stage_names / sizeof *stage_names ? stage_names[index] : "unknown";
}

// ---- The template, `consort-shim --serve`: a SOCK_SEQPACKET socket as fd 3, a lock file as fd 4
// or nothing there.
inline constexpr int template_socket = 3;
inline constexpr int template_lock = 4;

enum class Action : std::uint32_t { start = 0, adopt = 1 };

// One message: this header, then the absolute path of the instance directory without a NUL. For
// mode=exec the message carries three descriptors (SCM_RIGHTS): stdin, stdout, stderr. The sender
// keeps and closes its own copies.
struct Request {
  std::uint32_t version = protocol_version;
  Action action = Action::start;
  std::uint64_t op = 0;  // comes back in the reply
};

// One reply per request, in no particular order. It comes after the program was executed, or after
// it is known that it cannot be. child_pid is 0 and nothing runs when error is not 0; the shim has
// then written the exit file if it could read the spec, and exits.
struct Reply {
  std::uint64_t op = 0;
  std::int32_t shim_pid = 0;
  std::int32_t child_pid = 0;
  std::uint64_t shim_start = 0;   // start times as in /proc/PID/stat, field 22
  std::uint64_t child_start = 0;  // 0: /proc could not be read
  std::int32_t error = 0;         // errno
  Stage stage = Stage::none;
};

static_assert(sizeof(Request) == 16 && sizeof(Reply) == 40);

}  // namespace consort::shim
