#include "core/daemon/attach_session.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "core/daemon/detached.h"
#include "core/daemon/instance_output.h"
#include "core/daemon/pumps.h"
#include "core/record/log_reader.h"

namespace consort::daemon {
namespace {

using namespace asio::experimental::awaitable_operators;
using api::Frame;
using api::FrameStream;
using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;

// The replica's instance that the client is attached to.
class Attached : public InputTarget {
 public:
  Attached(engine::Supervisor& engine, base::TaskGroup& tasks, model::ReplicaId id,
           runtime::Driver& driver, std::string instance)
      : engine_(engine),
        tasks_(tasks),
        id_(std::move(id)),
        driver_(driver),
        instance_(std::move(instance)) {}

  void resize(api::Size size) override { driver_.resize(instance_, size.rows, size.columns); }
  void signal(std::string name) override {
    begin(tasks_, "kill", engine_.kill({{id_.service}, id_.index}, std::move(name)));
  }

  // The end of the client's input is not that of the service's.
  awaitable<Result<void>> open(InputPump& input) {
    auto opened = co_await outcome_of(begin(tasks_, "stdin", driver_.open_stdin(instance_)));
    if (opened) {
      input.open(std::move(*opened), {});
      co_return Result<void>{};
    }
    const std::string what = "cannot attach to " + model::to_string(id_);
    if (opened.error().kind() != ErrorKind::unsupported) co_return opened.error().wrap(what);
    co_return Error(ErrorKind::unsupported, what + ": runtime " + driver_.name() +
                                                " cannot pass on input; --no-stdin shows the "
                                                "output alone");
  }

  // How it ends, by the events from its running on.
  awaitable<Result<model::ExitInfo>> end(api::EventSource& events) const {
    for (;;) {
      const auto batch = co_await events.next();
      if (batch.empty()) {
        co_return Error(ErrorKind::unavailable, unseen() + "the supervisor is ending");
      }
      for (const auto& event : batch) {
        if (event.type == "gap") {
          const auto now = engine_.running(id_);
          if (now && now->second == instance_) continue;
          co_return Error(unseen() + "too much happened meanwhile");
        }
        if (event.service != id_.service || event.index != id_.index) continue;
        if (event.action == "destroy") co_return Error(unseen() + "it is gone");
        if (event.action != "die" || !event.status || event.status->instance != instance_) continue;
        if (event.status->last_exit) co_return *event.status->last_exit;
      }
    }
  }

 private:
  std::string unseen() const { return "cannot tell how " + model::to_string(id_) + " ended: "; }

  engine::Supervisor& engine_;
  base::TaskGroup& tasks_;
  const model::ReplicaId id_;
  runtime::Driver& driver_;
  const std::string instance_;
};

// The client's view of the instance: the runtime's own, which has a prompt without a newline too,
// or where it gives none, the log.
struct View {
  std::optional<asio::posix::stream_descriptor> out, err;
  std::unique_ptr<record::LogReader> log;
};

awaitable<Result<View>> open_view(const Supervision& supervision, base::TaskGroup& tasks,
                                  runtime::Driver& driver, std::string instance) {
  auto out = make_pipe();
  if (!out) co_return out.error();
  auto err = make_pipe();
  if (!err) co_return err.error();
  View view;
  record::LogQuery query;
  query.follow = true;
  query.tail = 0;
  query.sources.push_back({"-", supervision.directories().path(instance)});
  auto log = record::LogReader::open(tasks.executor(), std::move(query));
  if (!log) co_return log.error();
  auto showing =
      driver.show_output(std::move(instance), std::move(out->write), std::move(err->write));
  const auto shown = co_await outcome_of(begin(tasks, "show", std::move(showing)));
  if (shown) {
    view.out.emplace(own(tasks.executor(), std::move(out->read)));
    view.err.emplace(own(tasks.executor(), std::move(err->read)));
  } else if (shown.error().kind() == ErrorKind::unsupported) {
    view.log = std::move(*log);
  } else {
    co_return shown.error();
  }
  co_return view;
}

awaitable<void> show(View& view, FrameStream& stream) {
  if (view.log) {
    co_await copy_log(*view.log, stream);
    co_return;
  }
  asio::steady_timer never(view.out->get_executor(), asio::steady_timer::time_point::max());
  const std::function<bool()> to_its_end = [] { return false; };
  co_await (pump_output(*view.out, stream, Frame::stdout_data, to_its_end, never) &&
            pump_output(*view.err, stream, Frame::stderr_data, to_its_end, never));
}

awaitable<void> wait_for_end(const Attached& attached, api::EventSource& events, View& view,
                             Result<model::ExitInfo>& exit) {
  exit = co_await attached.end(events);
  if (view.log) view.log->finish();
}

awaitable<void> serve_output(const Attached& attached, api::EventSource& events, View& view,
                             FrameStream& stream, Result<model::ExitInfo>& exit) {
  co_await (wait_for_end(attached, events, view, exit) && show(view, stream));
}

bool takes_input(const engine::Supervisor& engine, const std::string& service) {
  const model::Project* project = engine.project();
  if (project == nullptr) return false;
  const auto found = project->services.find(service);
  return found != project->services.end() && model::takes_input(found->second);
}

}  // namespace

awaitable<void> attach_session(Supervision& supervision, base::TaskGroup& tasks,
                               api::AttachRequest request, FrameStream& stream) {
  engine::Supervisor& engine = supervision.engine();
  const model::ReplicaId id{request.service, request.index};
  auto running = engine.running(id);
  if (!running) {
    co_await write_error(stream, running.error());
    co_return;
  }
  const auto& [driver, instance] = *running;
  const auto events = supervision.sources().events_from_now();
  Attached attached(engine, tasks, id, *driver, instance);
  auto view = co_await open_view(supervision, tasks, *driver, instance);
  if (!view) {
    co_await write_error(stream, view.error().wrap("cannot attach to " + model::to_string(id)));
    co_return;
  }
  InputPump input(tasks.executor());
  if (request.stdin_open && takes_input(engine, id.service)) {
    const auto opened = co_await attached.open(input);
    if (!opened) {
      co_await write_error(stream, opened.error());
      co_return;
    }
  }
  Result<model::ExitInfo> exit = Error("no exit");
  const auto first = co_await (serve_input(stream, input, attached) ||
                               serve_output(attached, *events, *view, stream, exit) || input.run());
  if (first.index() != 0) co_await write_exit(stream, id, exit);
}

}  // namespace consort::daemon
