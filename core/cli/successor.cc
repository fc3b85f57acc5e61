#include "core/cli/successor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>

#include "core/cli/project_context.h"

namespace consort::cli {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;
using Found = Result<std::optional<Supervisor>>;

base::ProjectPaths paths_of(const api::Version& supervisor) {
  return base::project_paths(base::roots_from_environment(), supervisor.project);
}

// `supervisor restart` has its turn until the next one answers.
void wait_for_turn(const base::ProjectPaths& paths) {
  const Fd turn(::open(paths.starting.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (turn) static_cast<void>(::flock(turn.get(), LOCK_SH));
}

// One that lets go takes its socket along; one that was killed leaves it.
bool was_stopped(const base::ProjectPaths& paths) {
  std::error_code ignored;
  return !fs::exists(paths.socket, ignored);
}

// The one that answers by now; none, where there is none and the project is not down.
Found look_for_next(const api::Version& ended, bool& down) {
  const auto paths = paths_of(ended);
  auto found = find_supervisor(ended.project);
  if (!found || *found) return found;
  down = !has_record(paths);
  if (down || !was_stopped(paths)) return found;
  return Error(ErrorKind::unavailable,
               "cannot follow any longer: the supervisor of project " + ended.project +
                   " was stopped; the services go on, and the next command about them starts a "
                   "new one");
}

// Notices that a supervisor begins to listen, or that the project goes.
class Changes {
 public:
  explicit Changes(base::ProjectPaths paths)
      : paths_(std::move(paths)), notify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

  // From now on. A directory may have been made anew since the last time.
  void watch() {
    constexpr std::uint32_t made = IN_CREATE | IN_MOVED_TO;
    for (const auto& folder : {paths_.runtime, paths_.runtime.parent_path()}) {
      ::inotify_add_watch(notify_.get(), folder.c_str(), made);
    }
    ::inotify_add_watch(notify_.get(), paths_.state.c_str(), IN_DELETE | IN_DELETE_SELF);
  }
  // False: interrupted.
  bool wait(int interrupt_fd) {
    pollfd watched[2] = {{notify_.get(), POLLIN, 0}, {interrupt_fd, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0) {
    }
    char events[4096];
    while (::read(notify_.get(), events, sizeof events) > 0) {
    }
    return watched[1].revents == 0;
  }

 private:
  base::ProjectPaths paths_;
  Fd notify_;
};

void wait_for_end(const api::Version& ended) {
  SupervisorEnd(ended).wait();
  wait_for_turn(paths_of(ended));
}

}  // namespace

Found awaited_successor(Context& context, const api::Version& ended, int interrupt_fd) {
  wait_for_end(ended);
  Changes changes(paths_of(ended));
  for (bool told = false;; told = true) {
    changes.watch();
    bool down = false;
    auto found = look_for_next(ended, down);
    if (!found || *found || down) return found;
    if (!told) {
      context.warn("the supervisor of project " + ended.project +
                   " was killed: waiting for the next one (any command about the project, as "
                   "consort ps, starts it)");
    }
    if (!changes.wait(interrupt_fd)) return std::optional<Supervisor>();
  }
}

Found started_successor(Context& context, const api::Version& ended) {
  wait_for_end(ended);
  bool down = false;
  auto found = look_for_next(ended, down);
  if (!found || *found || down) return found;
  auto started = supervisor_of_running(ended.project, plugin_dirs(context));
  if (!started) return started.error();
  return std::optional(std::move(*started));
}

}  // namespace consort::cli
