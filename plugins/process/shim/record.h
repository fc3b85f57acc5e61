#pragma once

// The two small text files by which a supervisor knows an instance: the record (who runs) and the
// exit file (how it ended). Lines of "key value"; a reader ignores keys that it does not know and a
// last line without its newline.

#include <sys/types.h>

#include <cstdint>

#include "protocol.h"

namespace consort::shim {

// Makes the record of a first start and holds a lock on it; the descriptor, or -1 with errno
// (EEXIST: this instance was started before). Writes version, boot id and the shim's own identity,
// which is left in `shim_start`.
int create_record(std::uint64_t& shim_start);

// What a record says; 0 where it says nothing.
struct Recorded {
  char boot_id[40] = {};
  pid_t shim = 0;
  std::uint64_t shim_start = 0;
  pid_t child = 0;
  std::uint64_t child_start = 0;
};

// Reads the record in the folder `directory`. False with errno.
bool read_record(const char* directory, Recorded& recorded);

// Takes over a record: the lock (EBUSY while its shim lives), then a new line for this shim.
int adopt_record(Recorded& recorded, std::uint64_t& shim_start);

struct Ending {
  bool known = false;  // code or signal is
  int status = 0;      // as of waitpid
  int exec_error = 0;
  Stage exec_stage = Stage::none;
  bool stopped = false;      // a stop was asked for
  bool leftovers = false;    // descendants are alive
  bool log_blocked = false;  // output is still waiting for the log
  std::uint64_t max_rss_kb = 0;
};

// Takes the room that the exit file needs, in `temporary`, so that a full disk cannot hide an exit.
// 0 or errno.
int reserve_ending(const char* temporary);

// Writes `temporary`, over what was reserved, and renames it to `path`. 0 or errno.
int write_ending(const Ending& ending, const char* temporary, const char* path);

}  // namespace consort::shim
