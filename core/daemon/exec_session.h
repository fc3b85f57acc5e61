#pragma once

#include "core/api/backend.h"
#include "core/base/task_group.h"
#include "core/daemon/supervision.h"

namespace consort::daemon {

// Runs a command inside a running instance for a client, up to its exit frame. A client that goes
// away, or the end of this coroutine in any other way, ends the command.
asio::awaitable<void> exec_session(Supervision& supervision, base::TaskGroup& tasks,
                                   api::ExecRequest request, api::FrameStream& stream);

}  // namespace consort::daemon
