#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer.h"

namespace consort::shim {

// How an instance is, by its files.
enum class Condition {
  missing,   // never started, or removed
  running,   //
  exited,    // its leader has ended, its shim lives: something that it left runs, or writes
  over,      // nothing of it runs and how it ended is known
  orphaned,  // its shim was killed and it runs: it wants to be adopted
  lost,      // its shim was killed and nothing runs
  rebooted,  // the host was restarted while it ran
};
const char* word_of(Condition condition);

// Reads the files of `dir`. `exit` is what the exit file says, if there is one; `shim` the pid of
// the living shim, else 0.
Condition look_at(const char* dir, Buffer& exit, int& shim);

// Where a reader of the log is.
struct LogPlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

// Whole lines of the log of `dir` from `place` on, at most `most` bytes, into `out`; `place` is
// then where the first of them is, which may be in a later segment. False: there is none now. `fd`
// is the open segment of `open_segment`, kept between calls; -1: none.
bool read_log(const char* dir, LogPlace& place, std::size_t most, Buffer& out, int& fd,
              std::uint32_t& open_segment);

// Removes the segments before `segment`. `dropped`: those that the shim has removed itself, lines
// `SEGMENT SIZE`.
void trim_log(const char* dir, std::uint32_t segment, Buffer& dropped);

}  // namespace consort::shim
