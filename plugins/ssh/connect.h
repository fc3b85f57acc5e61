#pragma once

#include "plugins/ssh/prompts.h"
#include "plugins/ssh/session.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// Connects to a target, through its jumps: TCP, strong algorithms only, the host's key checked
// before anything is told to it, then the login. Throws Error: CONSORT_E_RETRY where trying again
// later may help, CONSORT_E_DENIED where a person must do something.
Async<std::shared_ptr<Session>> connect(asio::any_io_executor executor, const Target& target,
                                        Prompts& prompts);

// The key that the target shows, as it goes over the wire; it is told nothing, and need not be
// known. Its jumps must be. Throws Error.
Async<std::string> show_key(asio::any_io_executor executor, const Target& target, Prompts& prompts);

}  // namespace consort::ssh
