#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <exception>
#include <utility>

#include "core/runtime/plugin_driver.h"
#include "core/runtime/task_view.h"

// The operations of PluginDriver. After an await only the waiter is touched: the driver may be
// gone.
namespace consort::runtime {

using base::Error;
using base::ErrorKind;
using boost::system::error_code;

namespace {

// Whether `table` has the function: older plugins' tables are shorter.
template <class Table, class Function>
bool has_function(const Table* table, Function Table::*function) {
  if (table == nullptr) return false;
  const auto end = reinterpret_cast<const char*>(&(table->*function)) -
                   reinterpret_cast<const char*>(table) + sizeof(Function);
  return table->size >= static_cast<std::size_t>(end) && table->*function != nullptr;
}

// A PluginCall of function(runtime, extensions, op).
template <class Function>
std::unique_ptr<PluginCall> make_call(Function function) {
  struct Made final : PluginCall {
    explicit Made(Function f) : function(std::move(f)) {}
    bool run(consort_runtime* runtime, const PluginExtensions& extensions,
             std::uint64_t op) override {
      return function(runtime, extensions, op);
    }
    Function function;
  };
  return std::make_unique<Made>(std::move(function));
}

// A PluginCall of use(extension, runtime, op), if the plugin's extension has the `needed` function.
template <class Table, class Needed, class Use>
std::unique_ptr<PluginCall> extension_call(const Table* PluginExtensions::*table,
                                           Needed Table::*needed, Use use) {
  return make_call([table, needed, use = std::move(use)](consort_runtime* runtime,
                                                         const PluginExtensions& extensions,
                                                         std::uint64_t op) mutable {
    if (!has_function(extensions.*table, needed)) return false;
    use(*(extensions.*table), runtime, op);
    return true;
  });
}

Result<void> without_value(const Result<Completion>& completion) {
  if (!completion) return completion.error();
  return {};
}

// How a start or an attach leaves the instance.
Instances::Outcome outcome(const Completion& completion, bool attach) {
  using Outcome = Instances::Outcome;
  if (completion.status == CONSORT_E_RETRY) return Outcome::unknown;
  if (completion.status != CONSORT_OK) return attach ? Outcome::unknown : Outcome::failed;
  if (!attach || completion.state == CONSORT_INSTANCE_RUNNING) return Outcome::runs;
  return Outcome::ended;
}

}  // namespace

asio::awaitable<Result<Completion>> PluginDriver::perform(Request request,
                                                          std::unique_ptr<PluginCall> call) {
  if (init_->error) co_return *init_->error;
  const auto waiter = std::make_shared<Waiter>(core_);
  auto done = [waiter, settle = std::move(request.settle)](Completion completion) {
    waiter->completion = std::move(completion);
    waiter->done.cancel();  // posts: what settle posts comes after it
    if (settle) settle(*waiter->completion, waiter->gone);
  };
  const std::uint64_t op =
      operations_.add(request.what, std::move(request.instance), base::system_clock().steady(),
                      request.limit, std::move(done), request.slow);
  if (request.added) request.added(op);
  plugin_->post([op, inbox = inbox_, call = std::move(call)](
                    consort_runtime* runtime, const PluginExtensions& extensions) mutable {
    const auto fail = [&](consort_status status, const char* message) {
      Completion completion;
      completion.status = status;
      completion.message = message;
      inbox->put(told::Completed{op, std::move(completion)});
    };
    try {
      if (!call->run(runtime, extensions, op)) {
        fail(CONSORT_E_UNSUPPORTED, "");
      }
    } catch (const std::exception& e) {
      fail(CONSORT_E_EXCEPTION, e.what());
    } catch (...) {
      fail(CONSORT_E_EXCEPTION, "the plugin threw an unknown exception");
    }
  });
  if (const auto due = operations_.next_due_of(op)) watch_due(*due);

  struct Leave {  // also when the coroutine is destroyed while it waits
    Waiter& waiter;
    ~Leave() { waiter.gone = true; }
  } leave{*waiter};
  error_code ignored;
  co_await waiter->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!waiter->completion) {
    co_return Error(ErrorKind::cancelled, "the " + std::string(request.what) + " was given up");
  }
  Completion completion = std::move(*waiter->completion);
  if (completion.status == CONSORT_E_UNSUPPORTED && completion.message.empty()) {
    completion.message = "runtime " + setup_.name + " cannot do this";
  }
  if (completion.status != CONSORT_OK) co_return to_error(completion.status, completion.message);
  co_return completion;
}

bool PluginDriver::has(std::string_view feature) const {
  return std::find(setup_.features.begin(), setup_.features.end(), feature) !=
         setup_.features.end();
}

// In the functions below every argument of an await is a named variable moved from: gcc 12 destroys
// a temporary closure in an await expression twice.

asio::awaitable<Result<Started>> PluginDriver::start(Task task) {
  const std::string instance = task.instance;
  if (has(CONSORT_EXT_LOGS)) store_.open(instance, task.service.spec);
  Request request{
      "start",
      instance,
      setup_.limits.start,
      setup_.limits.slow,
      [this, instance](std::uint64_t) { begin_start(instance); },
      [this, instance](const Completion& c, bool) { settle_start(instance, outcome(c, false)); }};
  auto call =
      make_call([task = std::move(task)](consort_runtime* runtime, const auto&, std::uint64_t op) {
        const TaskView view(task);
        runtime->start(runtime, op, view.raw());
        return true;
      });
  auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_started(std::move(*done));
}

asio::awaitable<Result<Attached>> PluginDriver::attach(Task task, std::string handle) {
  const std::string instance = task.instance;
  if (has(CONSORT_EXT_LOGS)) store_.open(instance, task.service.spec);
  Request request{
      "attach",
      instance,
      setup_.limits.other,
      setup_.limits.slow,
      [this, instance](std::uint64_t) { begin_start(instance); },
      [this, instance](const Completion& c, bool) { settle_start(instance, outcome(c, true)); }};
  auto call = make_call([task = std::move(task), handle = std::move(handle)](
                            consort_runtime* runtime, const auto&, std::uint64_t op) {
    const TaskView view(task);
    runtime->attach(runtime, op, view.raw(), handle.c_str());
    return true;
  });
  auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_attached(std::move(*done));
}

asio::awaitable<Result<void>> PluginDriver::stop(std::string instance, std::string signal,
                                                 base::Duration grace) {
  Request request{"stop", instance, grace + setup_.limits.other, grace + setup_.limits.slow,
                  {},     {}};
  auto call = make_call([instance = std::move(instance), signal = std::move(signal), grace](
                            consort_runtime* runtime, const auto&, std::uint64_t op) {
    runtime->stop(runtime, op, instance.c_str(), signal.empty() ? nullptr : signal.c_str(),
                  milliseconds(grace));
    return true;
  });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<void>> PluginDriver::remove(std::string instance, Removal how) {
  Request request{"remove",
                  instance,
                  setup_.limits.other,
                  setup_.limits.slow,
                  {},
                  [this, instance](const Completion& c, bool) {
                    if (c.status != CONSORT_OK) return;
                    instances_.forget(instance);
                    if (has(CONSORT_EXT_LOGS)) store_.close(instance);
                  }};
  std::uint32_t flags = how == Removal::ended ? 0 : CONSORT_REMOVE_RUNNING;
  if (how == Removal::with_volumes) flags |= CONSORT_REMOVE_VOLUMES;
  auto call = make_call([instance = std::move(instance), flags](consort_runtime* runtime,
                                                                const auto&, std::uint64_t op) {
    runtime->remove(runtime, op, instance.c_str(), flags);
    return true;
  });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<std::vector<Finding>>> PluginDriver::validate(Task task) {
  Request request{"validate", task.instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call = extension_call(
      &PluginExtensions::validate, &consort_validate_v1::validate,
      [task = std::move(task)](const auto& extension, consort_runtime* runtime, std::uint64_t op) {
        const TaskView view(task);
        extension.validate(runtime, op, view.raw());
      });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_findings(done->json);
}

asio::awaitable<Result<int>> PluginDriver::exec(std::string instance, ExecRequest exec,
                                                std::function<void(std::uint64_t)> started) {
  std::uint64_t id = 0;
  Request request{"exec",
                  instance,
                  {},
                  {},
                  [&id, started = std::move(started)](std::uint64_t op) {
                    id = op;
                    if (started) started(op);
                  },
                  {}};
  if (exec.timeout != base::Duration{}) request.limit = exec.timeout + setup_.limits.other;
  auto call = extension_call(
      &PluginExtensions::exec, &consort_exec_v1::exec,
      [instance = std::move(instance), exec = std::move(exec)](
          const auto& extension, consort_runtime* runtime, std::uint64_t op) mutable {
        const auto argv = c_strings(exec.argv);
        const auto env = c_strings(exec.environment);
        consort_exec raw{};
        raw.size = sizeof raw;
        raw.tty = exec.tty;
        raw.rows = exec.rows;
        raw.columns = exec.columns;
        raw.argv = argv.data();
        raw.env = env.data();
        raw.working_dir = exec.working_dir.c_str();
        raw.user = exec.user.c_str();
        raw.timeout_ms = milliseconds(exec.timeout);
        raw.privileged = exec.privileged;
        raw.in_fd = exec.in.release();
        raw.out_fd = exec.out.release();
        raw.err_fd = exec.err.release();
        extension.exec(runtime, op, instance.c_str(), &raw);
      });
  const std::weak_ptr alive(alive_);
  const auto done = co_await perform(std::move(request), std::move(call));
  if (done) co_return done->exit_code;
  // Whoever asked has given up: nobody would read the outcome, so the command ends too.
  const bool given_up = done.error().kind() == ErrorKind::cancelled;
  if (given_up && !alive.expired()) exec_cancel(id);
  co_return done.error();
}

void PluginDriver::exec_resize(std::uint64_t exec, std::uint16_t rows, std::uint16_t columns) {
  if (!plugin_) return;
  plugin_->post([=](consort_runtime* runtime, const PluginExtensions& extensions) {
    if (has_function(extensions.exec, &consort_exec_v1::resize)) {
      extensions.exec->resize(runtime, exec, rows, columns);
    }
  });
}

void PluginDriver::exec_cancel(std::uint64_t exec) {
  if (!plugin_) return;
  plugin_->post([=](consort_runtime* runtime, const PluginExtensions& extensions) {
    if (has_function(extensions.exec, &consort_exec_v1::cancel)) {
      extensions.exec->cancel(runtime, exec);
    }
  });
}

asio::awaitable<Result<base::Fd>> PluginDriver::open_stdin(std::string instance) {
  Request request{"opening of stdin",
                  instance,
                  setup_.limits.other,
                  setup_.limits.slow,
                  {},
                  [](const Completion& c, bool abandoned) {
                    if (abandoned && c.status == CONSORT_OK) base::Fd(c.exit_code).reset();
                  }};
  auto call =
      extension_call(&PluginExtensions::attach, &consort_attach_v1::open_stdin,
                     [instance = std::move(instance)](const auto& extension,
                                                      consort_runtime* runtime, std::uint64_t op) {
                       extension.open_stdin(runtime, op, instance.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return base::Fd(done->exit_code);
}

asio::awaitable<Result<void>> PluginDriver::close_stdin(std::string instance) {
  Request request{"closing of stdin", instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(&PluginExtensions::attach, &consort_attach_v1::close_stdin,
                     [instance = std::move(instance)](const auto& extension,
                                                      consort_runtime* runtime, std::uint64_t op) {
                       extension.close_stdin(runtime, op, instance.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<void>> PluginDriver::show_output(std::string instance, base::Fd out,
                                                        base::Fd err) {
  Request request{"showing of output", instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call = extension_call(
      &PluginExtensions::attach, &consort_attach_v1::show_output,
      [instance = std::move(instance), out = std::move(out), err = std::move(err)](
          const auto& extension, consort_runtime* runtime, std::uint64_t op) mutable {
        extension.show_output(runtime, op, instance.c_str(), out.release(), err.release());
      });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

void PluginDriver::resize(std::string instance, std::uint16_t rows, std::uint16_t columns) {
  if (!plugin_) return;
  plugin_->post([instance = std::move(instance), rows, columns](
                    consort_runtime* runtime, const PluginExtensions& extensions) {
    if (has_function(extensions.attach, &consort_attach_v1::resize)) {
      extensions.attach->resize(runtime, instance.c_str(), rows, columns);
    }
  });
}

asio::awaitable<Result<void>> PluginDriver::signal(std::string instance, std::string signal) {
  Request request{"signal", instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(&PluginExtensions::signal, &consort_signal_v1::signal,
                     [instance = std::move(instance), signal = std::move(signal)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       extension.signal(runtime, op, instance.c_str(), signal.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

template <class Table>
asio::awaitable<Result<Completion>> PluginDriver::for_instance(
    std::string_view what, const Table* PluginExtensions::*table,
    void (*Table::*function)(consort_runtime*, std::uint64_t, const char*), std::string instance) {
  Request request{what, instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(table, function,
                     [function, instance = std::move(instance)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       (extension.*function)(runtime, op, instance.c_str());
                     });
  return perform(std::move(request), std::move(call));
}

asio::awaitable<Result<boost::json::object>> PluginDriver::stats(std::string instance) {
  const auto done = co_await for_instance("stats", &PluginExtensions::stats,
                                          &consort_stats_v1::stats, std::move(instance));
  if (!done) co_return done.error();
  co_return to_object("statistics", done->json);
}

asio::awaitable<Result<boost::json::object>> PluginDriver::top(std::string instance) {
  const auto done = co_await for_instance("list of processes", &PluginExtensions::top,
                                          &consort_top_v1::top, std::move(instance));
  if (!done) co_return done.error();
  co_return to_object("processes", done->json);
}

asio::awaitable<Result<void>> PluginDriver::pause(std::string instance) {
  const auto done = co_await for_instance("pause", &PluginExtensions::pause,
                                          &consort_pause_v1::pause, std::move(instance));
  co_return without_value(done);
}

asio::awaitable<Result<void>> PluginDriver::unpause(std::string instance) {
  const auto done = co_await for_instance("unpause", &PluginExtensions::pause,
                                          &consort_pause_v1::resume, std::move(instance));
  co_return without_value(done);
}

asio::awaitable<Result<void>> PluginDriver::create(Task task) {
  Request request{"create", task.instance, setup_.limits.start, setup_.limits.slow, {}, {}};
  auto call = extension_call(
      &PluginExtensions::create, &consort_create_v1::create,
      [task = std::move(task)](const auto& extension, consort_runtime* runtime, std::uint64_t op) {
        const TaskView view(task);
        extension.create(runtime, op, view.raw());
      });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<boost::json::object>> PluginDriver::look(std::string instance,
                                                                std::string path) {
  Request request{"look at a file", instance, setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(&PluginExtensions::copy, &consort_copy_v1::look,
                     [instance = std::move(instance), path = std::move(path)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       extension.look(runtime, op, instance.c_str(), path.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_object("look at a file", done->json);
}

// No limit: how long a copy takes is up to its other end.
asio::awaitable<Result<void>> PluginDriver::read_files(std::string instance, std::string path,
                                                       base::Fd to) {
  Request request{"copy", instance, {}, {}, {}, {}};
  auto call = extension_call(
      &PluginExtensions::copy, &consort_copy_v1::read,
      [instance = std::move(instance), path = std::move(path), to = std::move(to)](
          const auto& extension, consort_runtime* runtime, std::uint64_t op) mutable {
        extension.read(runtime, op, instance.c_str(), path.c_str(), to.release());
      });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<void>> PluginDriver::write_files(std::string instance, std::string path,
                                                        base::Fd from) {
  Request request{"copy", instance, {}, {}, {}, {}};
  auto call = extension_call(
      &PluginExtensions::copy, &consort_copy_v1::write,
      [instance = std::move(instance), path = std::move(path), from = std::move(from)](
          const auto& extension, consort_runtime* runtime, std::uint64_t op) mutable {
        extension.write(runtime, op, instance.c_str(), path.c_str(), from.release());
      });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> PluginDriver::list() {
  Request request{"list", "", setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call = extension_call(&PluginExtensions::list, &consort_list_v1::list,
                             [](const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                               extension.list(runtime, op);
                             });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_list(done->json);
}

asio::awaitable<Result<Fingerprint>> PluginDriver::fingerprint() {
  Request request{"fingerprint", "", setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call = extension_call(&PluginExtensions::fingerprint, &consort_fingerprint_v1::fingerprint,
                             [](const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                               extension.fingerprint(runtime, op);
                             });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_fingerprint(done->json);
}

template <class Table>
asio::awaitable<Result<Prepared>> PluginDriver::for_project(
    std::string_view what, const Table* PluginExtensions::*table,
    void (*Table::*function)(consort_runtime*, std::uint64_t, const char*),
    boost::json::object project) {
  Request request{what, "", setup_.limits.start, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(table, function,
                     [function, text = boost::json::serialize(project)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       (extension.*function)(runtime, op, text.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_prepared(done->json);
}

asio::awaitable<Result<Prepared>> PluginDriver::prepare(boost::json::object project) {
  return for_project("prepare", &PluginExtensions::project, &consort_project_v1::prepare,
                     std::move(project));
}

asio::awaitable<Result<std::vector<ServiceProblem>>> PluginDriver::pull_images(
    boost::json::object project) {
  auto done = co_await for_project("pull", &PluginExtensions::images, &consort_images_v1::pull,
                                   std::move(project));
  if (!done) co_return done.error();
  co_return std::move(done->problems);
}

asio::awaitable<Result<std::vector<ServiceProblem>>> PluginDriver::build_images(
    boost::json::object project) {
  auto done = co_await for_project("build", &PluginExtensions::images, &consort_images_v1::build,
                                   std::move(project));
  if (!done) co_return done.error();
  co_return std::move(done->problems);
}

asio::awaitable<Result<boost::json::array>> PluginDriver::images() {
  Request request{"list of images", "", setup_.limits.other, setup_.limits.slow, {}, {}};
  auto call = extension_call(&PluginExtensions::images, &consort_images_v1::list,
                             [](const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                               extension.list(runtime, op);
                             });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_images(done->json);
}

asio::awaitable<Result<void>> PluginDriver::release(boost::json::object options) {
  Request request{"release", "", setup_.limits.start, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(&PluginExtensions::project, &consort_project_v1::release,
                     [text = boost::json::serialize(options)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       extension.release(runtime, op, text.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  co_return without_value(done);
}

void PluginDriver::answer(std::uint64_t question, Answer answer) {
  const auto open = asked_.find(question);
  if (open == asked_.end() || !plugin_) return;
  operations_.postpone(open->second, base::system_clock().steady());
  asked_.erase(open);
  plugin_->post([question, answer = std::move(answer)](consort_runtime* runtime,
                                                       const PluginExtensions& extensions) mutable {
    if (has_function(extensions.prompt, &consort_prompt_v1::answered)) {
      extensions.prompt->answered(runtime, question, to_abi(answer.kind), answer.text.c_str());
    }
    ::explicit_bzero(answer.text.data(), answer.text.size());
  });
}

void PluginDriver::change_environment(boost::json::object environment) {
  if (!plugin_) return;
  plugin_->post([text = boost::json::serialize(environment)](consort_runtime* runtime,
                                                             const PluginExtensions& extensions) {
    if (has_function(extensions.environment, &consort_environment_v1::changed)) {
      extensions.environment->changed(runtime, text.c_str());
    }
  });
}

asio::awaitable<Result<boost::json::object>> PluginDriver::trust(std::string host,
                                                                 std::string fingerprint) {
  Request request{"trust", "", setup_.limits.start, setup_.limits.slow, {}, {}};
  auto call =
      extension_call(&PluginExtensions::trust, &consort_trust_v1::trust,
                     [host = std::move(host), fingerprint = std::move(fingerprint)](
                         const auto& extension, consort_runtime* runtime, std::uint64_t op) {
                       extension.trust(runtime, op, host.c_str(), fingerprint.c_str());
                     });
  const auto done = co_await perform(std::move(request), std::move(call));
  if (!done) co_return done.error();
  co_return to_trust(done->json);
}

void PluginDriver::room(const std::string& instance) {
  if (!plugin_ || !plugin_->logs().room(instance)) return;
  plugin_->post([instance](consort_runtime* runtime, const PluginExtensions& extensions) {
    if (has_function(extensions.logs, &consort_logs_source_v1::resume)) {
      extensions.logs->resume(runtime, instance.c_str());
    }
  });
}

}  // namespace consort::runtime
