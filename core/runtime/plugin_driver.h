#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/runtime/driver.h"
#include "core/runtime/inbox.h"
#include "core/runtime/instances.h"
#include "core/runtime/line_store.h"
#include "core/runtime/operations.h"
#include "core/runtime/plugin_thread.h"

namespace consort::runtime {

// How long things may take before somebody is told.
struct Limits {
  base::Duration init = std::chrono::seconds(30);     // then the runtime is given up
  base::Duration destroy = std::chrono::seconds(10);  // then its thread is left behind
  base::Duration start = std::chrono::minutes(2);     // since it last told of progress
  base::Duration other = std::chrono::seconds(30);    // a stop or exec has this beyond its own
  base::Duration slow = std::chrono::seconds(5);      // the same; then whoever waits is told
};

using LogFunction = std::function<void(int level, const std::string& message)>;  // consort_level

// A loaded plugin as a Driver. Everything on the core's thread. Operations asked for before the
// plugin's init has ended are done after it, in order; if it fails, they fail as all later ones do.
class PluginDriver final : public Driver {
 public:
  struct Setup {
    std::string name;
    std::vector<std::string> features;
    const consort_entry* entry = nullptr;
    std::string config_json;
    std::filesystem::path crash_note;  // see CrashNote
    std::string unavailable;  // "FILE:LINE:COL: runtime "x" is not available", for init's error
    Limits limits;
    LogFunction log;
  };

  // Starts the plugin's thread. Throws std::system_error if there can be none.
  PluginDriver(asio::any_io_executor core, Setup setup, DriverSink& sink, LineStore& store);
  ~PluginDriver() override;  // without close(): destroys the plugin now, blocking
  PluginDriver(const PluginDriver&) = delete;
  PluginDriver& operator=(const PluginDriver&) = delete;

  // Ends when init has: its error, if it failed.
  asio::awaitable<Result<void>> ready();
  // The cause alone of an init that failed, without the place that asked; none while there is none.
  const std::optional<base::Error>& failure() const { return init_->failure; }
  // Asks the plugin to end. closed() ends when it has, or was left behind. Pending operations
  // complete with CONSORT_E_DROPPED. No call but these and the destructor after it.
  void close();
  asio::awaitable<void> closed();

  std::vector<PendingOperation> pending() const;
  // The line store has room for the instance again.
  void room(const std::string& instance);

  const std::string& name() const override { return setup_.name; }
  bool has(std::string_view feature) const override;
  asio::awaitable<Result<Started>> start(Task task) override;
  asio::awaitable<Result<Attached>> attach(Task task, std::string handle) override;
  asio::awaitable<Result<void>> stop(std::string instance, std::string signal,
                                     base::Duration grace) override;
  asio::awaitable<Result<void>> remove(std::string instance, Removal how) override;
  asio::awaitable<Result<std::vector<Finding>>> validate(Task task) override;
  asio::awaitable<Result<int>> exec(std::string instance, ExecRequest request,
                                    std::function<void(std::uint64_t)> started) override;
  void exec_resize(std::uint64_t exec, std::uint16_t rows, std::uint16_t columns) override;
  void exec_cancel(std::uint64_t exec) override;
  asio::awaitable<Result<base::Fd>> open_stdin(std::string instance) override;
  asio::awaitable<Result<void>> close_stdin(std::string instance) override;
  asio::awaitable<Result<void>> show_output(std::string instance, base::Fd out,
                                            base::Fd err) override;
  void resize(std::string instance, std::uint16_t rows, std::uint16_t columns) override;
  asio::awaitable<Result<void>> signal(std::string instance, std::string signal) override;
  asio::awaitable<Result<boost::json::object>> stats(std::string instance) override;
  asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> list() override;
  asio::awaitable<Result<Fingerprint>> fingerprint() override;
  asio::awaitable<Result<Prepared>> prepare(boost::json::object project) override;
  asio::awaitable<Result<void>> release(boost::json::object options) override;
  asio::awaitable<Result<std::vector<ServiceProblem>>> pull_images(
      boost::json::object project) override;
  asio::awaitable<Result<std::vector<ServiceProblem>>> build_images(
      boost::json::object project) override;
  asio::awaitable<Result<boost::json::array>> images() override;
  void answer(std::uint64_t question, Answer answer) override;
  void change_environment(boost::json::object environment) override;
  asio::awaitable<Result<boost::json::object>> trust(std::string host,
                                                     std::string fingerprint) override;
  asio::awaitable<Result<void>> create(Task task) override;
  asio::awaitable<Result<void>> pause(std::string instance) override;
  asio::awaitable<Result<void>> unpause(std::string instance) override;
  asio::awaitable<Result<boost::json::object>> top(std::string instance) override;
  asio::awaitable<Result<boost::json::object>> look(std::string instance,
                                                    std::string path) override;
  asio::awaitable<Result<void>> read_files(std::string instance, std::string path,
                                           base::Fd to) override;
  asio::awaitable<Result<void>> write_files(std::string instance, std::string path,
                                            base::Fd from) override;

 private:
  // Whoever waits for an operation. Shared with the table: either side may go first, and a
  // coroutine that wakes after the driver has gone touches nothing else.
  struct Waiter {
    explicit Waiter(asio::any_io_executor core)
        : done(core, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    std::optional<Completion> completion;
    bool gone = false;  // cancelled: nobody takes the completion
  };
  struct Init {
    explicit Init(asio::any_io_executor core) : done(core, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    bool ended = false;
    std::optional<base::Error> failure;  // the cause
    std::optional<base::Error> error;    // with the place that asked
  };
  struct Request {
    std::string_view what;  // a literal
    std::string instance;
    base::Duration limit;
    base::Duration slow;  // whoever waits is told after it; 0: never
    std::function<void(std::uint64_t op)> added;
    // Told the completion when it comes, whether or not somebody waits for it still.
    std::function<void(const Completion&, bool abandoned)> settle;
  };

  // Has the call run on the plugin's thread and waits for the completion of its operation. The
  // error is the plugin's.
  asio::awaitable<Result<Completion>> perform(Request request, std::unique_ptr<PluginCall> call);

  // A call of an extension that is given an instance.
  template <class Table>
  asio::awaitable<Result<Completion>> for_instance(
      std::string_view what, const Table* PluginExtensions::*table,
      void (*Table::*function)(consort_runtime*, std::uint64_t, const char*), std::string instance);
  // One of the calls that are given a project as text and answer with problems of services.
  template <class Table>
  asio::awaitable<Result<Prepared>> for_project(
      std::string_view what, const Table* PluginExtensions::*table,
      void (*Table::*function)(consort_runtime*, std::uint64_t, const char*),
      boost::json::object project);

  void received(Told&& message);
  void on(told::Completed&& message);
  void on(told::Exited&& message);
  void on(told::Progress&& message);
  void on(told::InstanceHealth&& message);
  void on(told::InstanceReach&& message);
  void on(told::InstancePaused&& message);
  void on(told::Health&& message);
  void on(told::Asked&& message);
  void on(told::Withdrawn&& message);
  void on(told::Log&& message);
  void on(told::Initialized&& message);
  void on(told::Destroyed&& message);

  void init_ended(consort_status status, std::string message);
  void begin_start(const std::string& instance);
  void settle_start(const std::string& instance, Instances::Outcome outcome);
  void tell_exit(std::string instance, model::ExitInfo exit);
  void watch_due(base::SteadyTime at);
  void tell_slow();
  void look_for_overdue();
  void tell_health();
  void complete_pending(consort_status status, std::string message);
  void log(int level, const std::string& message) const;

  const asio::any_io_executor core_;
  const Setup setup_;
  DriverSink& sink_;
  LineStore& store_;
  std::shared_ptr<Inbox> inbox_;
  std::shared_ptr<PluginThread> plugin_;  // null once joined or left behind
  std::shared_ptr<Init> init_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Operations operations_;
  Instances instances_;
  asio::steady_timer init_timer_;
  asio::steady_timer due_timer_;
  std::optional<base::SteadyTime> due_at_;  // if the timer is armed
  asio::steady_timer closed_timer_;  // expires when destroy takes too long; cancelled by its end
  bool closing_ = false;
  bool destroyed_ = false;
  std::string problem_;       // the plugin's own last word on its health
  std::string told_problem_;  // what the sink was told last
  std::optional<PendingOperation> overdue_;
  std::map<std::uint64_t, std::string> asked_;  // open questions, with what waits for each
};

}  // namespace consort::runtime
