#pragma once

namespace consort::shim {

// Sends one control signal to the living shim of an instance, for callers that have no pidfd
// themselves: DIRECTORY, then `stop [SIGNAL GRACE_MS]`, `signal NUMBER`, `resize ROWS COLS` or
// `close-stdin`. 0, or 1 with a message: no shim is alive, or it may not be signalled; 2: not
// understood.
int control(int count, char** words);

}  // namespace consort::shim
