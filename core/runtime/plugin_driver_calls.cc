#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
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

Result<void> nothing(const Result<Completion>& completion) {
  if (!completion) return completion.error();
  return {};
}

// read(answer) of the completion's JSON.
template <class Read>
auto answer(const Result<Completion>& completion, Read read) -> decltype(read({})) {
  if (!completion) return completion.error();
  return read(completion->json);
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

template <class Call>
asio::awaitable<Result<Completion>> PluginDriver::perform(Request request, Call call) {
  if (!init_->ended || init_->error) {
    if (auto usable = co_await initialized(init_); !usable) co_return usable.error();
  }
  const auto waiter = std::make_shared<Waiter>(core_);
  auto done = [waiter, settle = std::move(request.settle)](Completion completion) {
    if (settle) settle(completion, waiter->gone);
    waiter->completion = std::move(completion);
    waiter->done.cancel();
  };
  const std::uint64_t op =
      operations_.add(request.what, std::move(request.instance), base::system_clock().steady(),
                      request.limit, std::move(done));
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
      if (!call(runtime, extensions, op)) {
        fail(CONSORT_E_UNSUPPORTED, "this runtime cannot do this");
      }
    } catch (const std::exception& e) {
      fail(CONSORT_E_EXCEPTION, e.what());
    } catch (...) {
      fail(CONSORT_E_EXCEPTION, "the plugin threw an unknown exception");
    }
  });
  watch_due();

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
  if (completion.status != CONSORT_OK) co_return to_error(completion.status, completion.message);
  co_return completion;
}

bool PluginDriver::has(std::string_view feature) const {
  return std::find(setup_.features.begin(), setup_.features.end(), feature) !=
         setup_.features.end();
}

asio::awaitable<Result<Started>> PluginDriver::start(Task task) {
  const std::string instance = task.instance;
  Request request{
      "start", instance, setup_.limits.start,
      [this, instance](std::uint64_t) { instances_.begin(instance); },
      [this, instance](const Completion& c, bool) { settle_start(instance, outcome(c, false)); }};
  auto done = co_await perform(
      std::move(request),
      [task = std::move(task)](consort_runtime* runtime, const auto&, std::uint64_t op) {
        const TaskView view(task);
        runtime->start(runtime, op, view.raw());
        return true;
      });
  if (!done) co_return done.error();
  co_return to_started(std::move(*done));
}

asio::awaitable<Result<Attached>> PluginDriver::attach(Task task, std::string handle) {
  const std::string instance = task.instance;
  Request request{
      "attach", instance, setup_.limits.other,
      [this, instance](std::uint64_t) { instances_.begin(instance); },
      [this, instance](const Completion& c, bool) { settle_start(instance, outcome(c, true)); }};
  auto done = co_await perform(std::move(request),
                               [task = std::move(task), handle = std::move(handle)](
                                   consort_runtime* runtime, const auto&, std::uint64_t op) {
                                 const TaskView view(task);
                                 runtime->attach(runtime, op, view.raw(), handle.c_str());
                                 return true;
                               });
  if (!done) co_return done.error();
  co_return to_attached(std::move(*done));
}

asio::awaitable<Result<void>> PluginDriver::stop(std::string instance, std::string signal,
                                                 base::Duration grace) {
  Request request{"stop", instance, grace + setup_.limits.other, {}, {}};
  co_return nothing(co_await perform(
      std::move(request), [instance = std::move(instance), signal = std::move(signal), grace](
                              consort_runtime* runtime, const auto&, std::uint64_t op) {
        runtime->stop(runtime, op, instance.c_str(), signal.empty() ? nullptr : signal.c_str(),
                      milliseconds(grace));
        return true;
      }));
}

asio::awaitable<Result<void>> PluginDriver::remove(std::string instance, bool force) {
  Request request{
      "remove", instance, setup_.limits.other, {}, [this, instance](const Completion& c, bool) {
        if (c.status == CONSORT_OK) instances_.forget(instance);
      }};
  co_return nothing(co_await perform(
      std::move(request), [instance = std::move(instance), force](consort_runtime* runtime,
                                                                  const auto&, std::uint64_t op) {
        runtime->remove(runtime, op, instance.c_str(), force);
        return true;
      }));
}

asio::awaitable<Result<std::vector<Finding>>> PluginDriver::validate(Task task) {
  Request request{"validate", task.instance, setup_.limits.other, {}, {}};
  co_return answer(co_await perform(std::move(request),
                                    [task = std::move(task)](consort_runtime* runtime,
                                                             const PluginExtensions& extensions,
                                                             std::uint64_t op) {
                                      const auto* table = extensions.validate;
                                      if (!has_function(table, &consort_validate_v1::validate)) {
                                        return false;
                                      }
                                      const TaskView view(task);
                                      table->validate(runtime, op, view.raw());
                                      return true;
                                    }),
                   to_findings);
}

asio::awaitable<Result<int>> PluginDriver::exec(std::string instance, ExecRequest request,
                                                std::function<void(std::uint64_t)> started) {
  const base::Duration limit = request.timeout == base::Duration{}
                                   ? base::Duration{}
                                   : request.timeout + setup_.limits.other;
  std::uint64_t id = 0;
  Request operation{"exec",
                    instance,
                    limit,
                    [&id, started = std::move(started)](std::uint64_t op) {
                      id = op;
                      if (started) started(op);
                    },
                    {}};
  const std::weak_ptr alive(alive_);
  auto done = co_await perform(
      std::move(operation),
      [instance = std::move(instance), request = std::move(request)](
          consort_runtime* runtime, const PluginExtensions& extensions, std::uint64_t op) mutable {
        const auto* table = extensions.exec;
        if (!has_function(table, &consort_exec_v1::exec)) return false;
        const auto argv = c_strings(request.argv);
        const auto env = c_strings(request.environment);
        consort_exec raw{};
        raw.size = sizeof raw;
        raw.tty = request.tty;
        raw.rows = request.rows;
        raw.columns = request.columns;
        raw.argv = argv.data();
        raw.env = env.data();
        raw.working_dir = request.working_dir.c_str();
        raw.user = request.user.c_str();
        raw.timeout_ms = milliseconds(request.timeout);
        raw.in_fd = request.in.release();
        raw.out_fd = request.out.release();
        raw.err_fd = request.err.release();
        table->exec(runtime, op, instance.c_str(), &raw);
        return true;
      });
  if (!done) {
    // Whoever asked has given up: nobody would read the outcome, so the command ends too.
    const bool given_up = done.error().kind() == ErrorKind::cancelled;
    if (given_up && !alive.expired()) exec_cancel(id);
    co_return done.error();
  }
  co_return done->exit_code;
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
                  {},
                  [](const Completion& c, bool abandoned) {
                    if (abandoned && c.status == CONSORT_OK) base::Fd(c.exit_code).reset();
                  }};
  auto done = co_await perform(
      std::move(request),
      [instance = std::move(instance)](consort_runtime* runtime, const PluginExtensions& extensions,
                                       std::uint64_t op) {
        const auto* table = extensions.attach;
        if (!has_function(table, &consort_attach_v1::open_stdin)) return false;
        table->open_stdin(runtime, op, instance.c_str());
        return true;
      });
  if (!done) co_return done.error();
  co_return base::Fd(done->exit_code);
}

asio::awaitable<Result<void>> PluginDriver::close_stdin(std::string instance) {
  Request request{"closing of stdin", instance, setup_.limits.other, {}, {}};
  co_return nothing(co_await perform(
      std::move(request),
      [instance = std::move(instance)](consort_runtime* runtime, const PluginExtensions& extensions,
                                       std::uint64_t op) {
        const auto* table = extensions.attach;
        if (!has_function(table, &consort_attach_v1::close_stdin)) return false;
        table->close_stdin(runtime, op, instance.c_str());
        return true;
      }));
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
  Request request{"signal", instance, setup_.limits.other, {}, {}};
  co_return nothing(co_await perform(
      std::move(request),
      [instance = std::move(instance), signal = std::move(signal)](
          consort_runtime* runtime, const PluginExtensions& extensions, std::uint64_t op) {
        const auto* table = extensions.signal;
        if (!has_function(table, &consort_signal_v1::signal)) return false;
        table->signal(runtime, op, instance.c_str(), signal.c_str());
        return true;
      }));
}

asio::awaitable<Result<boost::json::object>> PluginDriver::stats(std::string instance) {
  Request request{"stats", instance, setup_.limits.other, {}, {}};
  co_return answer(co_await perform(std::move(request),
                                    [instance = std::move(instance)](
                                        consort_runtime* runtime,
                                        const PluginExtensions& extensions, std::uint64_t op) {
                                      const auto* table = extensions.stats;
                                      if (!has_function(table, &consort_stats_v1::stats))
                                        return false;
                                      table->stats(runtime, op, instance.c_str());
                                      return true;
                                    }),
                   to_stats);
}

asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> PluginDriver::list() {
  Request request{"list", "", setup_.limits.other, {}, {}};
  co_return answer(co_await perform(std::move(request),
                                    [](consort_runtime* runtime, const PluginExtensions& extensions,
                                       std::uint64_t op) {
                                      const auto* table = extensions.list;
                                      if (!has_function(table, &consort_list_v1::list))
                                        return false;
                                      table->list(runtime, op);
                                      return true;
                                    }),
                   to_list);
}

asio::awaitable<Result<Fingerprint>> PluginDriver::fingerprint() {
  Request request{"fingerprint", "", setup_.limits.other, {}, {}};
  co_return answer(
      co_await perform(
          std::move(request),
          [](consort_runtime* runtime, const PluginExtensions& extensions, std::uint64_t op) {
            const auto* table = extensions.fingerprint;
            if (!has_function(table, &consort_fingerprint_v1::fingerprint)) {
              return false;
            }
            table->fingerprint(runtime, op);
            return true;
          }),
      to_fingerprint);
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
