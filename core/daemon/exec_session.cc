#include "core/daemon/exec_session.h"

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

// A command that was started; cancelled with its last owner, the session.
class Command : public InputTarget {
 public:
  explicit Command(runtime::Driver& driver) : driver_(driver) {}

  // The runtime knows it by this number from now on.
  void started(std::uint64_t id) {
    id_ = id;
    if (cancelled_) driver_.exec_cancel(id);
  }
  void resize(api::Size size) override {
    if (id_ != 0) driver_.exec_resize(id_, size.rows, size.columns);
  }
  // Runtimes can end a command, no more.
  void signal(std::string) override { cancel(); }
  void cancel() {
    cancelled_ = true;
    if (id_ != 0) driver_.exec_cancel(id_);
  }

 private:
  runtime::Driver& driver_;
  std::uint64_t id_ = 0;
  bool cancelled_ = false;
};

struct Descriptors {
  std::optional<asio::posix::stream_descriptor> out, err;
};

awaitable<void> serve_output(FrameStream& stream, Descriptors& ends,
                             std::shared_ptr<Pending<int>> pending) {
  const std::function<bool()> done = [pending] { return pending->result.has_value(); };
  if (ends.err) {
    co_await (pump_output(*ends.out, stream, Frame::stdout_data, done, pending->done) &&
              pump_output(*ends.err, stream, Frame::stderr_data, done, pending->done));
  } else {
    co_await pump_output(*ends.out, stream, Frame::stdout_data, done, pending->done);
  }
  co_await settled(pending);
}

// The runtime's ends go into `request`, ours into the rest.
Result<void> connect(const asio::any_io_executor& executor, runtime::ExecRequest& request,
                     bool with_input, InputPump& input, Descriptors& ends) {
  if (with_input) {
    auto in = make_pipe();
    if (!in) return in.error();
    request.in = std::move(in->read);
    input.open(std::move(in->write), {});
  }
  auto out = make_pipe();
  if (!out) return out.error();
  request.out = std::move(out->write);
  ends.out.emplace(own(executor, std::move(out->read)));
  if (request.tty) return {};
  auto err = make_pipe();
  if (!err) return err.error();
  request.err = std::move(err->write);
  ends.err.emplace(own(executor, std::move(err->read)));
  return {};
}

struct CancelAtEnd {
  Command& command;
  Pending<int>& pending;
  ~CancelAtEnd() {
    if (!pending.result) command.cancel();
  }
};

}  // namespace

awaitable<void> exec_session(Supervision& supervision, base::TaskGroup& tasks,
                             api::ExecRequest request, FrameStream& stream) {
  const model::ReplicaId id{request.service, request.index};
  auto running = supervision.engine().running(id);
  if (!running) {
    co_await write_error(stream, running.error());
    co_return;
  }
  runtime::Driver& driver = *running->first;
  runtime::ExecRequest what;
  what.argv = std::move(request.argv);
  what.environment = std::move(request.environment);
  what.working_dir = std::move(request.working_dir);
  what.user = std::move(request.user);
  what.tty = request.tty;
  what.privileged = request.privileged;
  what.rows = request.rows;
  what.columns = request.columns;
  InputPump input(tasks.executor());
  Descriptors ends;
  auto connected = connect(tasks.executor(), what, request.stdin_open, input, ends);
  if (!connected) {
    co_await write_error(stream, connected.error());
    co_return;
  }
  const auto command = std::make_shared<Command>(driver);
  const auto pending = begin(
      tasks, "exec", driver.exec(running->second, std::move(what), [command](std::uint64_t number) {
        command->started(number);
      }));
  const CancelAtEnd cancel_at_end{*command, *pending};
  const auto first = co_await (serve_input(stream, input, *command) ||
                               serve_output(stream, ends, pending) || input.run());
  if (first.index() == 0) co_return;
  const Result<int>& code = *pending->result;
  if (!code) {
    co_await write_error(stream,
                         code.error().wrap("cannot run a command in " + model::to_string(id)));
    co_return;
  }
  const std::string payload = api::encode_exit(*code);
  co_await stream.write(Frame::exit, payload);
}

}  // namespace consort::daemon
