#pragma once

#include "core/api/backend.h"
#include "core/base/task_group.h"
#include "core/daemon/supervision.h"

namespace consort::daemon {

// Runs a one-off replica of a service for a client: its log as output, up to the exit frame. A
// client that goes away ends it, as a closed terminal would; the end of the supervisor does not.
asio::awaitable<void> run_session(Supervision& supervision, base::TaskGroup& tasks,
                                  api::RunRequest request, api::FrameStream& stream);

}  // namespace consort::daemon
