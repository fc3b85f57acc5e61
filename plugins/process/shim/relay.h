#pragma once

// `consort-shim --relay`: the far end of a connection to another host. It serves any number of
// instances over its standard input and output, so that one channel is enough for a host. It owns
// nothing: instances outlive it, and the next relay knows them by their files.
//
// Request: `ID OP LENGTH...\n` and the bytes of each field, one behind the other. Reply:
// `ID ok|missing|failed LENGTH\n` and the bytes: the answer, or a sentence that says why not.
// Replies come in any order. Without a request for relay_patience_ms it ends: nobody is there.
//
// Reply 0, unasked and first, is a greeting, lines of `key value`: protocol, boot_id, machine,
// kernel, host, home, shim (this program), root (the folder of all instances, 0700).
//
// DIR is the absolute path of an instance, PROJECT/ID below root. `missing`: there is no such
// instance or file.
//
//   ping
//   check RECORD...          could this be started? RECORDs of a spec (README.md), of which `exec`
//                            may be a name that is looked for in PATH and `cwd` may be relative to
//                            home; the login's environment is beneath what `env` sets
//   start DIR RECORD...      writes the spec (id, exit_dir and fifo_dir are added) and starts it,
//                            once: an instance with a record is left as it is. The answer is that
//                            of --detach, empty if it was there already
//   follow DIR SEGMENT OFFSET MOST KNOWN [lz4]   waits for whole lines of the log from there on, or
//                            for a state that is not KNOWN. Answer: `SEGMENT OFFSET WORD\n` and
//                            bytes. WORD `data`: bytes of the log, SEGMENT and OFFSET of the first
//                            of them; `lz4 LENGTH`, only for who asks for it: these as one LZ4
//                            block, LENGTH bytes once it is decompressed, at most MOST.
//                            A state has no data behind it: `running`; `exited`, its
//                            leader has ended (bytes: the exit file); `over`, nothing of it runs
//                            (bytes: the exit file); `lost`, nothing runs and nobody knows how it
//                            ended; `rebooted`, the host was restarted meanwhile; `missing`
//   stop DIR SIGNAL GRACE_MS waits until nothing of it runs
//   signal DIR NUMBER        resize DIR ROWS COLS         close_stdin DIR
//   write DIR BYTES          to its stdin; the answer is how many were taken
//   stats DIR                lines `cpu_ns`, `memory_bytes`, `pids`, `read_bytes`, `write_bytes`
//   trim DIR SEGMENT         removes the log's segments before this one. The answer: those that
//                            rotation has removed, lines `SEGMENT SIZE`
//   prepare DIR RECORD...    as start, but only writes the spec: for `consort-shim DIR`
//   result DIR               the exit file of what prepare was for, once nothing of it runs
//   remove DIR               forgets an instance of which nothing runs, and its empty parents
//   list PROJECT_DIR         lines `ID running|over`
//   have PATH SIZE           is this file there, of this size?
//   put PATH OFFSET BYTES    a part of it; PATH is below root
//   commit PATH SIZE         it is complete: executable, and under its name from now on
//   purge                    removes this program from where it was put

#include <cstdint>

namespace consort::shim {

inline constexpr std::uint32_t relay_protocol = 1;
inline constexpr std::uint64_t relay_patience_ms = 90000;

// Runs until its input ends. The exit status of the process.
int relay();

}  // namespace consort::shim
