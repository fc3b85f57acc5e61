#include "core/daemon/run_session.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "core/daemon/convert.h"
#include "core/daemon/detached.h"
#include "core/daemon/instance_output.h"
#include "core/daemon/pumps.h"

namespace consort::daemon {
namespace {

using namespace asio::experimental::awaitable_operators;
using api::FrameStream;
using asio::awaitable;
using base::Result;

// The running end of the one-off, or nothing once it does not run.
class OneOff : public InputTarget {
 public:
  explicit OneOff(base::TaskGroup& tasks) : tasks_(tasks) {}

  void runs(runtime::Driver& driver, std::string instance) {
    driver_ = &driver;
    instance_ = std::move(instance);
  }
  void resize(api::Size size) override {
    if (driver_ != nullptr) driver_->resize(instance_, size.rows, size.columns);
  }
  void signal(std::string name) override {
    if (driver_ != nullptr) begin(tasks_, "signal", driver_->signal(instance_, std::move(name)));
  }
  awaitable<void> open(InputPump& input) {
    auto opened = co_await outcome_of(begin(tasks_, "stdin", driver_->open_stdin(instance_)));
    if (!opened) co_return;  // the runtime has none, or it has ended
    input.open(std::move(*opened), [driver = driver_, instance = instance_, &tasks = tasks_] {
      begin(tasks, "stdin", driver->close_stdin(instance));
    });
  }

 private:
  base::TaskGroup& tasks_;
  runtime::Driver* driver_ = nullptr;
  std::string instance_;
};

awaitable<void> finish_at_exit(record::LogReader& reader,
                               std::shared_ptr<Pending<model::ExitInfo>> exit) {
  co_await settled(exit);
  reader.finish();
}

awaitable<void> serve_output(record::LogReader& reader, FrameStream& stream,
                             std::shared_ptr<Pending<model::ExitInfo>> exit) {
  co_await (finish_at_exit(reader, exit) && copy_log(reader, stream));
}

}  // namespace

awaitable<void> run_session(Supervision& supervision, base::TaskGroup& tasks,
                            api::RunRequest request, FrameStream& stream) {
  const bool tty = request.tty, stdin_open = request.stdin_open, remove = request.remove;
  const api::Size size{request.rows, request.columns};
  auto what = run_request(std::move(request));
  if (!what) {
    co_await write_error(stream, what.error());
    co_return;
  }
  supervision.use_settings(what->project);
  engine::Supervisor& engine = supervision.engine();
  auto status = co_await outcome_of(begin(tasks, "run", engine.run(std::move(*what))));
  if (!status) {
    co_await write_error(stream, status.error());
    co_return;
  }
  const model::ReplicaId id = status->id;
  const auto exit = begin(tasks, "run", engine.wait(id));
  InputPump input(tasks.executor());
  OneOff one_off(tasks);
  if (auto running = engine.running(id)) {
    one_off.runs(*running->first, running->second);
    if (tty && size.rows != 0) one_off.resize(size);
    if (stdin_open) co_await one_off.open(input);
  }
  record::LogQuery log;
  log.follow = true;
  log.sources.push_back({model::to_string(id), supervision.directories().path(status->instance)});
  auto reader = record::LogReader::open(tasks.executor(), std::move(log));
  if (!reader) {
    co_await write_error(stream, reader.error());
    co_return;
  }
  const auto first = co_await (serve_input(stream, input, one_off) ||
                               serve_output(**reader, stream, exit) || input.run());
  const bool client_gone = first.index() == 0;
  if (remove) {
    const auto removed = begin(tasks, "run", engine.remove_one_off(status->instance));
    if (!client_gone) co_await outcome_of(removed);
  } else if (client_gone) {
    begin(tasks, "run", engine.stop({{id.service}, id.index}, std::nullopt));
  }
  if (!client_gone) co_await write_exit(stream, id, *exit->result);
}

}  // namespace consort::daemon
