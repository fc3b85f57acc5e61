#include "core/daemon/daemon.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/api/listener.h"
#include "core/api/server.h"
#include "core/daemon/backend.h"
#include "core/daemon/lock.h"
#include "core/daemon/log.h"
#include "core/daemon/socket_keeper.h"
#include "core/daemon/supervision.h"
#include "core/runtime/crash_note.h"

namespace consort::daemon {
namespace {

namespace fs = std::filesystem;
using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;
using boost::system::error_code;

// Instances that do not answer are taken up later; the API does not wait longer for them.
constexpr auto restore_patience = std::chrono::seconds(5);
// Readers of logs and events may take this long to read to the end when it ends.
constexpr auto reader_patience = std::chrono::milliseconds(500);
constexpr auto answer_patience = std::chrono::seconds(1);
// The exit code where another supervisor has the project (docs/exit-codes.md).
constexpr int runs_already = 7;

// Descriptors are what a supervisor of hundreds of services runs out of first.
rlimit raise_descriptor_limit() {
  rlimit before{};
  if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return before;
  rlimit raised = before;
  raised.rlim_cur = before.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &raised));
  return before;
}

// A handler and not SIG_IGN, which the services would inherit.
void ignore_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGPIPE, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

class Daemon {
 public:
  Daemon(asio::io_context& io, const Options& options, ProjectLock lock)
      : io_(io),
        options_(options),
        lock_(std::move(lock)),
        log_(options.paths.supervisor_log),
        tasks_(io.get_executor(),
               [this](std::string_view task, std::exception_ptr thrown) { report(task, thrown); }),
        signals_(io.get_executor()),
        ended_(io.get_executor(), asio::steady_timer::time_point::max()) {}

  Result<void> open() {
    auto supervision = Supervision::open(io_, options_, raise_descriptor_limit(), log_);
    if (!supervision) return supervision.error();
    supervision_ = std::move(*supervision);
    backend_.emplace(*supervision_, tasks_, options_.project,
                     [this](bool remove) { return let_go(remove); });
    return {};
  }

  // Serves until it is told to end. `ready` is called once it listens, or with why it cannot.
  awaitable<void> serve(std::function<void(Result<void>)> ready) {
    error_code ignored;
    signals_.add(SIGTERM, ignored);
    signals_.add(SIGINT, ignored);
    tasks_.spawn("signals", end_by_signal());
    co_await restore();
    auto listener = api::listen_privately(options_.paths.socket);
    if (!listener) {
      co_await supervision_->close();
      co_await finish_tasks();
      ready(listener.error());
      co_return;
    }
    server_.emplace(io_.get_executor(), *backend_, std::move(*listener),
                    [this](std::string_view line) { log_.warning(line); });
    server_->start();
    keep_socket();
    log_.info("serves project " + options_.project + ", version " CONSORT_VERSION ", pid " +
              std::to_string(::getpid()));
    ready({});
    tasks_.spawn("idle", end_if_unused());
    while (!has_ended_) co_await ended_.async_wait(redirect_error(use_awaitable, ignored));
    co_await server_->close(answer_patience);
    co_await finish_tasks();
  }

 private:
  void keep_socket() {
    keeper_.emplace(
        io_.get_executor(), options_.paths.socket,
        [this] { return lock_.holds(options_.paths.lock); },
        [this](base::Fd listener) {
          server_->listen_on(std::move(listener));
          remake_runtime_directories();
        },
        [this](std::string_view line) { log_.warning(line); });
  }

  // What stood beside the socket: each loaded runtime has a directory there as in the state.
  void remake_runtime_directories() {
    std::error_code failed;
    for (fs::directory_iterator entry(options_.paths.runtimes, failed), end;
         !failed && entry != end; entry.increment(failed)) {
      const auto made =
          base::ensure_private_directory(options_.paths.runtime / entry->path().filename());
      if (!made) log_.warning(made.error().message());
    }
  }

  awaitable<void> restore() {
    co_await supervision_->take_stock();
    tasks_.spawn("restore", restore_and_tell());
    asio::steady_timer limit(io_.get_executor(), restore_patience);
    asio::steady_timer& done = restored_;
    error_code ignored;
    if (!has_restored_) {
      co_await (done.async_wait(redirect_error(use_awaitable, ignored)) ||
                limit.async_wait(redirect_error(use_awaitable, ignored)));
    }
  }

  awaitable<void> restore_and_tell() {
    co_await supervision_->restore();
    has_restored_ = true;
    restored_.cancel();
  }

  awaitable<void> finish_tasks() {
    tasks_.stop();
    co_await tasks_.join();
  }

  awaitable<void> end_by_signal() {
    error_code failed;
    const int number = co_await signals_.async_wait(redirect_error(use_awaitable, failed));
    if (failed) co_return;
    log_.info("ends by signal " + std::to_string(number) + "; the services stay");
    co_await backend_->quit();
  }

  awaitable<void> end_if_unused() {
    asio::steady_timer timer(io_.get_executor(), options_.idle_patience);
    error_code failed;
    co_await timer.async_wait(redirect_error(use_awaitable, failed));
    if (failed || !backend_->unused()) co_return;
    log_.info("ends: nothing was asked of it");
    // Of a lost record there may be services; those and their files stay.
    if (supervision_->engine().suspects()) {
      (void)co_await backend_->quit();
      co_return;
    }
    co_await backend_->down(api::DownRequest());
  }

  // Everything is released before the last answer goes out, so that whoever gets that answer can
  // start anew at once. Nothing of the project is touched afterwards: it may be somebody else's.
  awaitable<void> let_go(bool remove) {
    if (remove) co_await supervision_->sources().finish(reader_patience);
    if (server_) server_->end_streams();
    keeper_.reset();
    co_await supervision_->close();
    log_.info(remove ? "ends: the project is down" : "ends; the services stay");
    log_.close();
    ::unlink(options_.paths.socket.c_str());
    if (remove) {
      std::error_code ignored;
      fs::remove_all(options_.paths.runtime, ignored);
      fs::remove_all(options_.paths.state, ignored);
      fs::remove(options_.paths.starting, ignored);  // of a command that was killed meanwhile
    }
    lock_.release();
    has_ended_ = true;
    ended_.cancel();
  }

  void report(std::string_view task, std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      log_.error("cannot go on with " + std::string(task) + ": " + e.what());
    } catch (...) {
      log_.error("cannot go on with " + std::string(task));
    }
  }

  asio::io_context& io_;
  const Options& options_;
  ProjectLock lock_;
  Log log_;
  base::TaskGroup tasks_;
  asio::signal_set signals_;
  asio::steady_timer ended_;  // never expires; cancelled when has_ended_ is set
  asio::steady_timer restored_{io_.get_executor(), asio::steady_timer::time_point::max()};
  bool has_ended_ = false;
  bool has_restored_ = false;
  std::unique_ptr<Supervision> supervision_;
  std::optional<SupervisorBackend> backend_;
  std::optional<api::Server> server_;
  std::optional<SocketKeeper> keeper_;  // uses the server
};

// One line to whoever started this, and to the supervisor's standard error if it is an error.
class Starter {
 public:
  explicit Starter(int ready_fd) : fd_(ready_fd) {
    if (ready_fd >= 0) ::fcntl(ready_fd, F_SETFD, FD_CLOEXEC);
  }
  void tell(const Result<void>& outcome) {
    const std::string line = outcome ? "ready" : outcome.error().message();
    if (!outcome) std::fprintf(stderr, "consort: %s\n", line.c_str());
    if (fd_) static_cast<void>(base::write_all(fd_.get(), line + "\n"));
    fd_.reset();
  }

 private:
  base::Fd fd_;
};

}  // namespace

int run(const Options& options) {
  Starter starter(options.ready_fd);
  ignore_signals();
  runtime::handle_crashes();
  const std::string what = "cannot supervise project " + options.project;
  auto lock = ProjectLock::take(options.paths.lock, options.project);
  if (!lock) {
    starter.tell(lock.error());
    return lock.error().kind() == ErrorKind::conflict ? runs_already : 1;
  }
  asio::io_context io(1);
  Daemon daemon(io, options, std::move(*lock));
  if (auto opened = daemon.open(); !opened) {
    starter.tell(opened.error().wrap(what));
    return 1;
  }
  int code = 0;
  base::TaskGroup root(io.get_executor(), [&](std::string_view, std::exception_ptr thrown) {
    code = 1;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "consort: %s: %s\n", what.c_str(), e.what());
    } catch (...) {
    }
  });
  root.spawn("daemon", daemon.serve([&](Result<void> outcome) {
    if (!outcome) {
      outcome = outcome.error().wrap(what);
      code = 1;
    }
    starter.tell(outcome);
  }));
  while (root.size() != 0 && io.run_one() != 0) {
  }
  return root.size() == 0 ? code : 1;
}

}  // namespace consort::daemon
