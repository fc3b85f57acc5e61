#pragma once

#include "core/api/backend.h"
#include "core/model/event.h"
#include "core/record/log_reader.h"

// What a client is told of an instance that it runs or has attached to.
namespace consort::daemon {

namespace asio = boost::asio;

// Its log is its output: the bytes as they were written, a part without the newline that it lacks.
// Up to the end of the reader.
asio::awaitable<void> copy_log(record::LogReader& reader, api::FrameStream& stream);

// The last frame: the code, or an error where there is none.
asio::awaitable<void> write_exit(api::FrameStream& stream, const model::ReplicaId& id,
                                 const base::Result<model::ExitInfo>& exit);

}  // namespace consort::daemon
