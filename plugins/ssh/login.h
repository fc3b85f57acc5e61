#pragma once

#include "plugins/ssh/prompts.h"
#include "plugins/ssh/session.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// Logs in as the target's user: keys of its agent, then its identity files, whose passphrases the
// person is asked for. A host that does not answer one of them within `patience` is lost. Throws
// Error: CONSORT_E_DENIED with what was tried and what the host would take.
Async<void> log_in(std::shared_ptr<Session> session, const Target& target, Prompts& prompts,
                   std::chrono::seconds patience);

}  // namespace consort::ssh
