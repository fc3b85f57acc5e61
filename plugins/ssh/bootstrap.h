#pragma once

#include <memory>
#include <string>

#include "plugins/ssh/session.h"

namespace consort::ssh {

// The shim of this machine, which is what runs on the hosts too.
struct ShimProgram {
  std::string bytes;
  std::string sha256;  // in hex
};
// Throws Error if it cannot be read.
ShimProgram read_shim(const std::string& path);

// A channel on which the relay runs, and what was read of it already.
struct Bootstrapped {
  std::shared_ptr<Channel> channel;
  std::string said;
  std::string without_shim;  // why the launcher runs in its place; "": it does not
};

// Starts the relay on the session's host: the shim is put to ~/.cache/consort/shim-SHA256, a folder
// of mode 0700, unless it is there, and its hash is checked there before it is used. Where it does
// not run the launcher (launcher.sh) takes its place. Needs /bin/sh and coreutils, no sftp. Throws
// Error: CONSORT_E_FAILED with what is missing there.
Async<Bootstrapped> start_relay(std::shared_ptr<Session> session, const ShimProgram& shim);

// The constant command that runs `PROGRAM [SCRIPT] DIRECTORY` once "PROGRAM\nSCRIPT\nDIRECTORY\n"
// is written to it, SCRIPT may be empty: nothing that is known only at run time goes through a
// shell.
extern const char* const run_command;

}  // namespace consort::ssh
