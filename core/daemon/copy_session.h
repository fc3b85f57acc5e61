#pragma once

#include "core/daemon/supervision.h"

namespace consort::daemon {

// Serves `cp`: a tar archive from an instance's files to the client, or from the client into them.
// Writes the last frame, exit or error, itself.
asio::awaitable<void> copy_session(Supervision& supervision, base::TaskGroup& tasks,
                                   api::CopyRequest request, api::FrameStream& stream);

// The runtime and the instance whose files are meant; the error says whose they are where the
// runtime has none.
base::Result<std::pair<runtime::Driver*, std::string>> files_of(Supervision& supervision,
                                                                const model::ReplicaId& id);

}  // namespace consort::daemon
