#include "core/daemon/copy_session.h"

#include <consort/runtime.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "core/daemon/detached.h"
#include "core/daemon/pumps.h"

namespace consort::daemon {
namespace {

using namespace asio::experimental::awaitable_operators;
using api::Frame;
using api::FrameStream;
using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;

// A copy ends with its connection, or by any signal.
class Copy : public InputTarget {
 public:
  explicit Copy(const asio::any_io_executor& executor)
      : signalled_(executor, asio::steady_timer::time_point::max()) {}
  void resize(api::Size) override {}
  void signal(std::string) override { signalled_.cancel(); }
  awaitable<void> signalled() {
    boost::system::error_code ignored;
    co_await signalled_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

 private:
  asio::steady_timer signalled_;  // never expires
};

awaitable<void> finish(FrameStream& stream, const Result<void>& copied,
                       const model::ReplicaId& id) {
  if (!copied) {
    co_return co_await write_error(stream,
                                   copied.error().wrap("cannot copy with " + model::to_string(id)));
  }
  const std::string payload = api::encode_exit(0);
  co_await stream.write(Frame::exit, payload);
}

awaitable<void> send(FrameStream& stream, asio::posix::stream_descriptor& from,
                     std::shared_ptr<Pending<void>> pending) {
  const std::function<bool()> done = [pending] { return pending->result.has_value(); };
  co_await pump_output(from, stream, Frame::stdout_data, done, pending->done);
  co_await settled(pending);
}

}  // namespace

Result<std::pair<runtime::Driver*, std::string>> files_of(Supervision& supervision,
                                                          const model::ReplicaId& id) {
  auto present = supervision.engine().present(id);
  if (!present) return present.error();
  if (present->first->has(CONSORT_EXT_COPY)) return present;
  return Error(ErrorKind::unsupported, "cannot copy with " + model::to_string(id) +
                                           ": an instance of runtime " + present->first->name() +
                                           " has no files of its own to reach");
}

awaitable<void> copy_session(Supervision& supervision, base::TaskGroup& tasks,
                             api::CopyRequest request, FrameStream& stream) {
  const model::ReplicaId id{request.service, request.index};
  const auto files = files_of(supervision, id);
  if (!files) co_return co_await write_error(stream, files.error());
  auto pipe = make_pipe();
  if (!pipe) co_return co_await write_error(stream, pipe.error());
  runtime::Driver& driver = *files->first;
  InputPump input(tasks.executor());
  Copy copy(tasks.executor());
  std::shared_ptr<Pending<void>> pending;
  if (request.into) {
    input.open(std::move(pipe->write), {});
    pending = begin(tasks, "copy",
                    driver.write_files(files->second, request.path, std::move(pipe->read)));
    const auto first = co_await (serve_input(stream, input, copy) || settled(pending) ||
                                 copy.signalled() || input.run());
    if (first.index() == 0 || first.index() == 2) co_return;
  } else {
    pending = begin(tasks, "copy",
                    driver.read_files(files->second, request.path, std::move(pipe->write)));
    asio::posix::stream_descriptor from = own(tasks.executor(), std::move(pipe->read));
    const auto first = co_await (serve_input(stream, input, copy) || send(stream, from, pending) ||
                                 copy.signalled());
    if (first.index() != 1) co_return;
  }
  co_await finish(stream, *pending->result, id);
}

}  // namespace consort::daemon
