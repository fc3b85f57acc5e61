#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>

#include "core/api/frames.h"
#include "core/api/protocol.h"

// What the server needs of the supervisor; daemon/ provides it, tests fake it. All on the core's
// one thread.
namespace consort::api {

namespace asio = boost::asio;

// A reader of the event bus.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // The events since the last call, in order, waiting for one if there is none. Empty: the end.
  // A reader that was too slow finds an event of type "gap" where some are lost.
  virtual asio::awaitable<std::vector<model::Event>> next() = 0;
  // next() gives what there is already, then the end.
  virtual void finish() = 0;
  // The place after an event, which outlives this supervisor.
  virtual std::string cursor(std::uint64_t sequence) const = 0;
};

// A reader of the log store.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // Some whole lines, "<replica> <CRI line>\n" each. Empty: the end.
  virtual asio::awaitable<base::Result<std::string>> next() = 0;
};

struct LogQuery {
  std::vector<std::string> services;  // empty: all
  std::uint32_t index = 0;            // 0: every replica
  std::optional<std::uint64_t> tail;  // lines of each replica; none: all
  std::optional<model::WallTime> since, until;
  bool follow = false;
  bool until_ended = false;  // follows no longer than one of these replicas may write
};

// The server's end of an upgraded connection. Writes may overlap: each frame goes out whole. Keep
// a read() waiting: it alone tells that the client has gone.
class FrameStream {
 public:
  virtual ~FrameStream() = default;
  // The client's next frame; nothing when it has gone or broke the protocol.
  virtual asio::awaitable<std::optional<ReceivedFrame>> read() = 0;
  // Completes when the frame is handed to the kernel, so a slow client slows only its own writer.
  // False: the client has gone. A payload beyond frame_limit goes out as several frames.
  virtual asio::awaitable<bool> write(Frame type, std::string_view payload) = 0;
};

// Cancelling the awaiting coroutine gives up the answer (the client has gone), never the operation.
class Backend {
 public:
  template <class T>
  using Answer = asio::awaitable<base::Result<T>>;

  virtual ~Backend() = default;

  virtual Version version() const = 0;
  virtual Answer<OutcomeReply> up(UpRequest request) = 0;
  virtual Answer<std::vector<ActionReply>> plan(UpRequest request) = 0;
  // When all went well, it completes when nothing of the project is left, the supervisor's own
  // files included; the supervisor ends after the answer.
  virtual Answer<OutcomeReply> down(DownRequest request) = 0;
  virtual Answer<OutcomeReply> start(ServicesRequest request) = 0;
  virtual Answer<OutcomeReply> stop(ServicesRequest request) = 0;
  virtual Answer<OutcomeReply> restart(ServicesRequest request) = 0;
  virtual Answer<OutcomeReply> kill(ServicesRequest request) = 0;

  virtual Answer<OutcomeReply> create(UpRequest request) = 0;
  virtual Answer<OutcomeReply> pause(ServicesRequest request) = 0;
  virtual Answer<OutcomeReply> unpause(ServicesRequest request) = 0;
  virtual Answer<OutcomeReply> remove(ServicesRequest request) = 0;
  // They change nothing that runs.
  virtual Answer<OutcomeReply> pull(ImagesRequest request) = 0;
  virtual Answer<OutcomeReply> build(ImagesRequest request) = 0;
  virtual Answer<boost::json::array> images(std::vector<std::string> services) = 0;

  virtual std::vector<model::ReplicaStatus> services() = 0;
  virtual const model::Project* project() = 0;  // null before the first up
  virtual Answer<model::ExitInfo> wait(model::ReplicaId id) = 0;
  virtual std::unique_ptr<EventSource> events_from_now() = 0;
  // Events after the cursor `since`; where it is "", those that are kept, or with `follow` those
  // that happen from now on. A cursor that is none is `invalid`.
  virtual base::Result<std::unique_ptr<EventSource>> events(std::string_view since,
                                                            bool follow) = 0;
  virtual base::Result<std::unique_ptr<LogSource>> logs(LogQuery query) = 0;
  virtual Answer<boost::json::array> stats(std::vector<std::string> services) = 0;
  virtual Answer<boost::json::array> doctor() = 0;

  virtual Answer<boost::json::array> top(std::vector<std::string> services) = 0;
  virtual Answer<boost::json::object> look(model::ReplicaId id, std::string path) = 0;

  // They write the last frame, exit or error, themselves. Cancelled when the supervisor ends.
  virtual asio::awaitable<void> attach(AttachRequest request, FrameStream& stream) = 0;
  virtual asio::awaitable<void> exec(ExecRequest request, FrameStream& stream) = 0;
  virtual asio::awaitable<void> copy(CopyRequest request, FrameStream& stream) = 0;
  virtual asio::awaitable<void> run(RunRequest request, FrameStream& stream) = 0;
  virtual Answer<model::ReplicaStatus> run_detached(RunRequest request) = 0;

  // A command that can ask a person is there until the token is gone: it is told of the runtimes'
  // questions by events of type "prompt", those that are open already too.
  virtual std::shared_ptr<void> join_prompts() = 0;
  virtual base::Result<void> answer(AnswerRequest request) = 0;
  // A command has come that does something: the variables of whoever gave it, where they count for
  // what runs already.
  virtual void use_environment(std::map<std::string, std::string> environment) = 0;

  // Lets go of the project, services running; completes when a new supervisor may take it.
  virtual Answer<void> quit() = 0;
};

}  // namespace consort::api
