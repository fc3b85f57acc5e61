#pragma once

#include "core/api/backend.h"
#include "core/base/task_group.h"
#include "core/daemon/supervision.h"

namespace consort::daemon {

// Connects a client with the own input and output of an instance that runs, from now on up to the
// instance's end and its exit frame. A client that goes away leaves it running.
asio::awaitable<void> attach_session(Supervision& supervision, base::TaskGroup& tasks,
                                     api::AttachRequest request, api::FrameStream& stream);

}  // namespace consort::daemon
