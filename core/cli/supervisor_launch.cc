#include "core/cli/supervisor_launch.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/cli/requests.h"
#include "core/cli/supervisor_program.h"

extern char** environ;

namespace consort::cli {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;

// How long a supervisor may take to let go of a project that it is ending.
constexpr int let_go_ms = 10'000;

// Posix spawn attributes and file actions, freed at the end.
struct Spawn {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  Spawn() {
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

// Starts consort-supervisor, detached: own session, default signals, nothing of the terminal. What
// it writes to standard error before its own log is open goes to that log.
Result<void> spawn(const std::string& project, const std::vector<std::string>& plugin_dirs,
                   const base::ProjectPaths& paths, int ready_end) {
  const auto program = supervisor_program();
  if (!program) return program.error();
  std::vector<std::string> words = supervisor_words(project, plugin_dirs, 3);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  Spawn spawn;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&spawn.attributes, &none);
  posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  posix_spawnattr_setflags(&spawn.attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_addopen(&spawn.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&spawn.actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&spawn.actions, 2, paths.supervisor_log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&spawn.actions, ready_end, 3);
  posix_spawn_file_actions_addclosefrom_np(&spawn.actions, 4);
  posix_spawn_file_actions_addchdir_np(&spawn.actions, "/");

  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, program->c_str(), &spawn.actions, &spawn.attributes, argv.data(), environ);
  if (error != 0) return base::system_error("start", *program, error);
  return {};
}

// The one line of the ready pipe.
std::string read_line(int fd) {
  std::string line;
  char buffer[512];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    line.append(buffer, static_cast<std::size_t>(n));
  }
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

Result<void> launch(const std::string& project, const std::vector<std::string>& plugin_dirs,
                    const base::ProjectPaths& paths) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_error("make", "a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  // Above the descriptors that the child is given, so that none is overwritten before it is used.
  write_end.reset(::fcntl(write_end.get(), F_DUPFD_CLOEXEC, 4));
  if (!write_end) return base::system_error("make", "a pipe", errno);
  if (auto started = spawn(project, plugin_dirs, paths, write_end.get()); !started) return started;
  write_end.reset();
  const std::string line = read_line(read_end.get());
  if (line == "ready") return {};
  if (line.empty()) {
    return Error(ErrorKind::unavailable,
                 "it ended without a word; see " + paths.supervisor_log.string());
  }
  return Error(ErrorKind::unavailable, line);
}

// `lock` is the project's lock file, if it is there.
bool is_free(const Fd& lock) { return !lock || ::flock(lock.get(), LOCK_SH | LOCK_NB) == 0; }

// Waits until whoever holds the project's lock closes it, at most `let_go_ms`.
void wait_for_lock(const base::ProjectPaths& paths) {
  const Fd lock(::open(paths.lock.c_str(), O_RDONLY | O_CLOEXEC));
  if (is_free(lock)) return;  // as nearly always: to close an inotify descriptor takes 15 ms
  const Fd notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!notify ||
      ::inotify_add_watch(notify.get(), paths.lock.c_str(), IN_CLOSE | IN_DELETE_SELF) < 0) {
    return;
  }
  if (is_free(lock)) return;  // it may have been closed before the watch was there
  pollfd wait{notify.get(), POLLIN, 0};
  ::poll(&wait, 1, let_go_ms);
}

// `held` names the supervisor that has the lock.
Error runs_elsewhere(const Error& held, const base::ProjectPaths& paths) {
  return Error(held.kind(), held.message() + ", but does not listen on " + paths.socket.string() +
                                ": set XDG_RUNTIME_DIR as it was where it was started, or end it "
                                "(kill PID): the services keep running, and the next command "
                                "starts a new one");
}

// One command at a time starts a project's supervisor; the others wait here and then find it. The
// file that they queue at is removed by whoever leaves, so that nothing stays behind.
class Turn {
 public:
  static Result<Turn> take(const base::ProjectPaths& paths) {
    const fs::path& path = paths.starting;
    for (;;) {
      Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (!fd) return base::system_error("open", path, errno);
      while (::flock(fd.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return base::system_error("lock", path, errno);
      }
      struct stat locked {};
      struct stat named {};
      if (::fstat(fd.get(), &locked) == 0 && ::stat(path.c_str(), &named) == 0 &&
          locked.st_ino == named.st_ino) {
        return Turn(path, std::move(fd));
      }
    }
  }
  Turn(Turn&&) = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (fd_) ::unlink(path_.c_str());
  }

 private:
  Turn(fs::path path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  fs::path path_;
  Fd fd_;
};

// What runtimes are to know of the environment of whoever is at work, which need not be that of the
// `up`.
std::map<std::string, std::string> environment_at_work() {
  std::map<std::string, std::string> told;
  // The agent of the `up` may be gone by now; without one here, it is the best that there is.
  if (const char* agent = std::getenv("SSH_AUTH_SOCK"); agent != nullptr && *agent != '\0') {
    told["SSH_AUTH_SOCK"] = agent;
  }
  // Where the docker CLI finds its engine. Without them it is another one, so that is told too.
  for (const char* name : {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS",
                           "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"}) {
    const char* value = std::getenv(name);
    told[name] = value != nullptr ? value : "";
  }
  return told;
}

// With `replace` one that runs is ended first; nobody else starts one in between.
Result<Supervisor> start_in_turn(const std::string& project,
                                 const std::vector<std::string>& plugin_dirs, bool replace) {
  const auto paths = base::project_paths(base::roots_from_environment(), project);
  const std::string what = "cannot start the supervisor of project " + project;
  if (auto made = base::ensure_private_directory(paths.state.parent_path()); !made) {
    return made.error().wrap(what);
  }
  const auto turn = Turn::take(paths);
  if (!turn) return turn.error().wrap(what);

  auto found = find_supervisor(project);
  if (!found) return found.error();
  if (*found && !replace) return std::move(**found);
  if (*found) {
    if (auto ended = end_supervisor(**found); !ended) return ended.error();
  }

  wait_for_lock(paths);  // of one that is just ending, or was killed
  if (auto made = base::ensure_private_directory(paths.state); !made) {
    return made.error().wrap(what);
  }
  const auto started = launch(project, plugin_dirs, paths);
  // Where it could not start, another one may hold the lock that answers by now.
  found = find_supervisor(project);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  if (started) {
    return Error(ErrorKind::unavailable,
                 what + ": it ended at once; see " + paths.supervisor_log.string());
  }
  const Fd lock(::open(paths.lock.c_str(), O_RDONLY | O_CLOEXEC));
  if (is_free(lock)) return started.error().wrap(what);
  return runs_elsewhere(started.error(), paths).wrap(what);
}

}  // namespace

Result<std::optional<Supervisor>> find_supervisor(const std::string& project) {
  const auto paths = base::project_paths(base::roots_from_environment(), project);
  api::Client client(paths.socket);
  client.tell_environment(environment_at_work());
  auto version = get_version(client);
  if (!version && version.error().kind() == ErrorKind::unavailable) {
    // One that was ending has gone by now; one that was starting listens by now, and so does one
    // that only does not answer.
    if (!client.listens()) return std::optional<Supervisor>();
    version = get_version(client);
  }
  if (!version) return version.error();
  return std::optional(Supervisor{std::move(client), std::move(*version)});
}

Result<Supervisor> start_supervisor(const std::string& project,
                                    const std::vector<std::string>& plugin_dirs) {
  auto found = find_supervisor(project);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  return start_in_turn(project, plugin_dirs, false);
}

Result<Supervisor> replace_supervisor(const std::string& project,
                                      const std::vector<std::string>& plugin_dirs) {
  return start_in_turn(project, plugin_dirs, true);
}

Result<void> end_supervisor(Supervisor& supervisor) {
  const SupervisorEnd end(supervisor.version);
  const auto done = supervisor.client.post("/v1/supervisor/stop", boost::json::object{});
  if (!done) return done.error();
  end.wait();
  return {};
}

Result<Supervisor> supervisor_of_running(const std::string& project,
                                         const std::vector<std::string>& plugin_dirs) {
  auto found = find_supervisor(project);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  const auto paths = base::project_paths(base::roots_from_environment(), project);
  if (!has_record(paths)) {
    return Error(ErrorKind::not_found,
                 "nothing of project " + project + " runs; consort ls shows what does");
  }
  return start_supervisor(project, plugin_dirs);
}

SupervisorEnd::SupervisorEnd(const api::Version& supervisor) {
  if (supervisor.pid <= 0) return;
  process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, supervisor.pid, 0)));
}

void SupervisorEnd::wait() const {
  if (!process_) return;
  pollfd ended{process_.get(), POLLIN, 0};
  ::poll(&ended, 1, let_go_ms);
}

bool has_record(const base::ProjectPaths& paths) {
  std::error_code ignored;
  // Where the record was lost, what the runtimes keep tells that there was one.
  return fs::exists(paths.store, ignored) || fs::exists(paths.runtimes, ignored);
}

std::vector<std::string> known_projects(const base::Roots& roots) {
  std::vector<std::string> names;
  for (const fs::path& root : {roots.state, roots.runtime}) {
    std::error_code failed;
    for (fs::directory_iterator entry(root, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      const auto paths = base::project_paths(roots, name);
      std::error_code ignored;
      if (has_record(paths) || fs::exists(paths.socket, ignored)) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace consort::cli
