#pragma once

// What to run and how, as the caller wrote it into the instance directory.

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace consort::shim {

enum class Stdin : std::uint8_t {
  null,      // /dev/null
  open,      // a FIFO that never ends, not even when the shim dies
  closable,  // a FIFO that ends on control_close_stdin (and when the shim dies)
};

struct Limit {
  int resource;
  rlimit value;
};

// Points into the text that it was parsed from, which must outlive it.
struct Spec {
  const char* id = nullptr;
  const char* exec = nullptr;
  const char* cwd = nullptr;
  const char* fifo_dir = nullptr;
  const char* exit_dir = nullptr;
  char** argv = nullptr;
  char** envp = nullptr;
  gid_t* groups = nullptr;
  std::size_t group_count = 0;
  Limit limits[RLIM_NLIMITS] = {};
  int limit_count = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t mask = 0;
  bool has_uid = false;
  bool has_gid = false;
  bool has_mask = false;
  Stdin input = Stdin::null;
  bool tty = false;
  bool exec_mode = false;
  std::uint16_t rows = 0;
  std::uint16_t cols = 0;
  int stop_signal = 15;
  std::uint32_t grace_ms = 10000;
  std::uint64_t log_max_bytes = 0;  // 0: never rotated
  std::uint32_t log_max_files = 0;  // 0: all kept
};

// Parses `length` bytes of NUL-terminated key=value records at `text`, using the room up to `size`
// behind them for argv, envp and groups. 0 or an errno: EINVAL (a known key with a bad value, or a
// needed key missing), EPROTONOSUPPORT (a newer protocol is asked for), E2BIG (no room). What was
// read before an error stays set.
int parse_spec(char* text, std::size_t length, std::size_t size, Spec& spec);

}  // namespace consort::shim
