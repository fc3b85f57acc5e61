#include "relay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>
#include <new>

#include "buffer.h"
#include "control.h"
#include "protocol.h"
#include "relay_files.h"
#include "relay_instance.h"
#include "relay_request.h"
#include "relay_spec.h"
#include "relay_stats.h"
#include "sys.h"

namespace consort::shim {
namespace {

// How often what waits is looked at although nothing was told: a file system without inotify.
constexpr std::uint64_t look_again_ms = 1000;
// What a kill may take before a stop is reported as failed.
constexpr std::uint64_t unkillable_ms = 10000;
constexpr std::size_t most_log = 1 << 20;

// An instance that somebody waits for: its folders and its shim are watched.
struct Watch {
  char* dir = nullptr;
  int folder = -1;  // inotify
  int log = -1;     // inotify
  int shim = 0;     // pid
  int pidfd = -1;
  int segment_fd = -1;
  std::uint32_t segment = 0;
  bool adopting = false;
  bool dirty = true;
  Watch* next = nullptr;
};

// A request that is answered later.
struct Pending {
  enum class Kind { start, follow, stop, result } kind = Kind::follow;
  char id[24] = {};
  Watch* watch = nullptr;
  int pipe = -1;  // start: what --detach says
  Buffer said;
  LogPlace place;
  std::size_t most = 0;
  char known[16] = {};
  std::uint64_t signal = 0;
  std::uint64_t grace_ms = 0;
  std::uint64_t give_up_at = never;
  bool ordered = false;
  bool done = false;
  Pending* next = nullptr;
};

class Relay {
 public:
  int run();

 private:
  bool greet();
  void reply(const char* id, const char* status, const char* bytes, std::size_t length);
  void reply(const char* id, const char* status, const char* text) {
    reply(id, status, text, strlen(text));
  }
  void fail(const char* id, const char* what, const char* name, int error);
  void wait();
  void take_input();
  void take_events();
  void write_output();
  void look_at_pending();
  void serve(const Call& call);
  bool serve_instance(const Call& call);
  bool serve_files(const Call& call);
  void start(const Call& call, bool run_it);
  void follow(const Call& call);
  void stop(const Call& call);
  void command(const Call& call, const char* name, std::size_t numbers);
  void write_input(const Call& call);
  void stats(const Call& call);
  void remove(const Call& call);
  void list(const Call& call);

  bool try_start(Pending& pending);
  bool try_follow(Pending& pending);
  bool try_stop(Pending& pending);
  bool try_result(Pending& pending);
  void answer(const Pending& pending, const char* word, const Buffer& bytes);
  Condition look(Watch& watch, Buffer& exit);

  Watch* watch(const char* dir);
  void unwatch(const char* dir);
  Pending& add(const Call& call, Pending::Kind kind);
  int launch(const char* dir, bool adopt);

  Buffer root_;
  Buffer input_;
  Buffer output_;
  Buffer spare_;
  Watch* watches_ = nullptr;
  Pending* pending_ = nullptr;
  int inotify_ = -1;
  bool open_ = true;
  std::uint64_t heard_at_ = 0;
};

int Relay::run() {
  use_private_umask();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);  // nobody is waited for
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
  inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  heard_at_ = monotonic_ms();
  if (!greet()) {
    write_output();
    return 1;
  }
  while (open_ && monotonic_ms() - heard_at_ < relay_patience_ms) wait();
  return 0;
}

bool Relay::greet() {
  if (const int error = open_root(root_); error != 0) {
    const bool named = root_.size() != 0;
    fail("0", "cannot use ", named ? root_.text() : "the home folder",
         error == EPERM ? EACCES : error);
    return false;
  }
  utsname host{};
  uname(&host);
  const char* home = getenv("HOME");
  Buffer text;
  text.add("protocol ").add(std::uint64_t{relay_protocol}).add("\nboot_id ").add(boot_id());
  text.add("\nmachine ").add(host.machine).add("\nkernel ").add(host.release);
  text.add("\nhost ").add(host.nodename).add("\nhome ").add(home != nullptr ? home : "");
  char path[4200];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  path[n < 0 ? 0 : n] = 0;
  text.add("\nshim ").add(path).add("\nroot ").add(root_.text()).add("\n");
  reply("0", "ok", text.data(), text.size());
  return true;
}

void Relay::reply(const char* id, const char* status, const char* bytes, std::size_t length) {
  output_.add(id).add(" ").add(status).add(" ").add(length).add("\n").add(bytes, length);
}

void Relay::fail(const char* id, const char* what, const char* name, int error) {
  Buffer text;
  reply(id, error == ENOENT ? "missing" : "failed",
        text.add(what).add(name).add(": ").add(strerror(error)).text());
}

void Relay::wait() {
  std::size_t count = 3;
  for (const Watch* w = watches_; w != nullptr; w = w->next) count += w->pidfd >= 0;
  for (const Pending* p = pending_; p != nullptr; p = p->next) count += p->pipe >= 0;
  spare_.clear();
  auto* polls = reinterpret_cast<pollfd*>(spare_.room(count * sizeof(pollfd)));
  polls[0] = {0, POLLIN, 0};
  polls[1] = {1, static_cast<short>(output_.size() != 0 ? POLLOUT : 0), 0};
  polls[2] = {inotify_, POLLIN, 0};
  std::size_t at = 3;
  for (const Watch* w = watches_; w != nullptr; w = w->next) {
    if (w->pidfd >= 0) polls[at++] = {w->pidfd, POLLIN, 0};
  }
  for (const Pending* p = pending_; p != nullptr; p = p->next) {
    if (p->pipe >= 0) polls[at++] = {p->pipe, POLLIN, 0};
  }
  const int ready = poll(polls, count, static_cast<int>(look_again_ms));
  if (ready <= 0) {
    for (Watch* w = watches_; w != nullptr; w = w->next) w->dirty = true;
  } else {
    at = 3;
    for (Watch* w = watches_; w != nullptr; w = w->next) {
      if (w->pidfd >= 0 && polls[at++].revents != 0) {
        close(w->pidfd);
        w->pidfd = -1;
        w->dirty = true;
      }
    }
    if (polls[2].revents != 0) take_events();
    if (polls[0].revents != 0) take_input();
    if ((polls[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) open_ = false;
  }
  look_at_pending();
  write_output();
}

void Relay::take_events() {
  alignas(inotify_event) char events[8192];
  ssize_t n = 0;
  while ((n = read(inotify_, events, sizeof events)) > 0) {
    for (ssize_t at = 0; at < n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(events + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      for (Watch* w = watches_; w != nullptr; w = w->next) {
        const bool of_it = event->wd == w->folder || event->wd == w->log;
        if (of_it || (event->mask & IN_Q_OVERFLOW) != 0) w->dirty = true;
      }
    }
  }
}

void Relay::take_input() {
  for (int i = 0; i < 16; ++i) {
    constexpr std::size_t piece = 64 << 10;
    const ssize_t n = read(0, input_.room(piece), piece);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      open_ = false;
      break;
    }
    heard_at_ = monotonic_ms();
    input_.grew(static_cast<std::size_t>(n));
  }
  for (;;) {
    Call call;
    const int taken = call.take(input_);
    if (taken < 0) open_ = false;
    if (taken <= 0) return;
    serve(call);
  }
}

void Relay::write_output() {
  std::size_t done = 0;
  while (done < output_.size()) {
    const ssize_t n = write(1, output_.data() + done, output_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) open_ = false;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  output_.drop_front(done);
}

void Relay::look_at_pending() {
  for (Pending** at = &pending_; *at != nullptr;) {
    Pending& p = **at;
    switch (p.kind) {
      case Pending::Kind::start:
        p.done = try_start(p);
        break;
      case Pending::Kind::follow:
        p.done = p.watch == nullptr || (p.watch->dirty && try_follow(p));
        break;
      case Pending::Kind::stop:
        p.done = p.watch == nullptr || try_stop(p);
        break;
      case Pending::Kind::result:
        p.done = p.watch == nullptr || (p.watch->dirty && try_result(p));
        break;
    }
    if (!p.done) {
      at = &p.next;
      continue;
    }
    if (p.watch == nullptr && p.kind != Pending::Kind::start) {
      reply(p.id, "missing", "it was removed");
    }
    *at = p.next;
    p.~Pending();
    free(&p);
  }
  for (Watch* w = watches_; w != nullptr; w = w->next) w->dirty = false;
}

void Relay::serve(const Call& call) {
  if (strcmp(call.op(), "ping") == 0) return reply(call.id(), "ok", "");
  if (strcmp(call.op(), "check") == 0) {
    Buffer spec;
    Buffer error;
    const bool good = complete_spec(call, 0, nullptr, spec, error);
    return reply(call.id(), good ? "ok" : "failed", error.text());
  }
  if (strcmp(call.op(), "purge") == 0) {
    const int error = remove_programs();
    if (error != 0) return fail(call.id(), "cannot remove ", "the shims", error);
    return reply(call.id(), "ok", "");
  }
  if (!below(root_.text(), call.text(0))) return reply(call.id(), "failed", "no such folder");
  if (!serve_instance(call) && !serve_files(call)) {
    reply(call.id(), "failed", "this relay does not know that request");
  }
}

bool Relay::serve_instance(const Call& call) {
  const char* op = call.op();
  if (strcmp(op, "start") == 0 || strcmp(op, "prepare") == 0) {
    start(call, *op == 's');
  } else if (strcmp(op, "follow") == 0) {
    follow(call);
  } else if (strcmp(op, "stop") == 0) {
    stop(call);
  } else if (strcmp(op, "result") == 0) {
    add(call, Pending::Kind::result).watch = watch(call.text(0));
  } else if (strcmp(op, "signal") == 0) {
    command(call, "signal", 1);
  } else if (strcmp(op, "resize") == 0) {
    command(call, "resize", 2);
  } else if (strcmp(op, "close_stdin") == 0) {
    command(call, "close-stdin", 0);
  } else if (strcmp(op, "write") == 0) {
    write_input(call);
  } else if (strcmp(op, "stats") == 0) {
    stats(call);
  } else {
    return false;
  }
  return true;
}

bool Relay::serve_files(const Call& call) {
  const char* op = call.op();
  const char* path = call.text(0);
  std::uint64_t number = 0;
  const bool has_number = call.number(1, number);
  if (strcmp(op, "remove") == 0) {
    remove(call);
  } else if (strcmp(op, "list") == 0) {
    list(call);
  } else if (strcmp(op, "trim") == 0 && has_number) {
    trim_log(path, static_cast<std::uint32_t>(number));
    reply(call.id(), "ok", "");
  } else if (strcmp(op, "have") == 0 && has_number) {
    const int error = have_file(path, number);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot find ", path, error);
  } else if (strcmp(op, "put") == 0 && has_number && call.count() == 3) {
    const int error = put_part(path, number, call.text(2), call.field(2).length);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot write ", path, error);
  } else if (strcmp(op, "commit") == 0 && has_number) {
    const int error = commit_parts(path, number);
    error == 0 ? reply(call.id(), "ok", "") : fail(call.id(), "cannot write ", path, error);
  } else {
    return false;
  }
  return true;
}

Pending& Relay::add(const Call& call, Pending::Kind kind) {
  auto* room = static_cast<Pending*>(malloc(sizeof(Pending)));
  if (room == nullptr) abort();
  auto* made = ::new (static_cast<void*>(room)) Pending;
  made->kind = kind;
  memcpy(made->id, call.id(), strlen(call.id()) + 1);
  Pending** at = &pending_;
  while (*at != nullptr) at = &(*at)->next;
  *at = made;
  return *made;
}

void Relay::start(const Call& call, bool run_it) {
  const char* dir = call.text(0);
  Buffer path;
  path.add(dir).add("/").add(record_file);
  if (access(path.text(), F_OK) == 0) return reply(call.id(), "ok", "");
  Buffer spec;
  Buffer error;
  if (!complete_spec(call, 1, dir, spec, error)) return reply(call.id(), "failed", error.text());
  path.clear();
  path.add(dir).add("/run");
  int failed = make_folders(path.text());
  path.clear();
  path.add(dir).add("/").add(spec_file);
  if (failed == 0) failed = write_file(path.text(), spec.data(), spec.size());
  int pipe = -1;
  if (failed == 0 && run_it) {
    pipe = launch(dir, false);
    if (pipe < 0) failed = errno;
  }
  if (failed != 0) {
    remove_tree(dir);
    remove_empty_parents(root_.text(), dir);
    Buffer text;
    text.add("cannot write ").add(path.text()).add(": ").add(strerror(failed));
    return reply(call.id(), "failed", text.text());
  }
  if (!run_it) return reply(call.id(), "ok", "");
  add(call, Pending::Kind::start).pipe = pipe;
}

// The read end of what it says; -1 with errno.
int Relay::launch(const char* dir, bool adopt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    signal(SIGCHLD, SIG_DFL);
    execl("/proc/self/exe", "consort-shim", "--detach", adopt ? "--adopt" : dir,
          adopt ? dir : nullptr, nullptr);
    _exit(status_not_started);
  }
  const int error = errno;
  close(ends[1]);
  if (pid > 0) {
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return ends[0];
  }
  close(ends[0]);
  errno = error;
  return -1;
}

bool Relay::try_start(Pending& p) {
  for (;;) {
    const ssize_t n = read(p.pipe, p.said.room(512), 512);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) break;
    p.said.grew(static_cast<std::size_t>(n));
  }
  close(p.pipe);
  p.pipe = -1;
  const bool started = strncmp(p.said.text(), "shim ", 5) == 0;
  reply(p.id, started ? "ok" : "failed", p.said.text());
  return true;
}

void Relay::follow(const Call& call) {
  std::uint64_t segment = 0, offset = 0, most = 0;
  if (!call.number(1, segment) || !call.number(2, offset) || !call.number(3, most)) {
    return reply(call.id(), "failed", "follow needs numbers");
  }
  Pending& p = add(call, Pending::Kind::follow);
  p.watch = watch(call.text(0));
  p.watch->dirty = true;
  p.place = {static_cast<std::uint32_t>(segment), offset};
  p.most = most < 65536 ? 65536 : most > most_log ? most_log : most;
  strncpy(p.known, call.text(4), sizeof p.known - 1);
}

void Relay::answer(const Pending& p, const char* word, const Buffer& bytes) {
  Buffer text;
  text.add(p.place.segment).add(" ").add(p.place.offset).add(" ").add(word).add("\n");
  output_.add(p.id).add(" ok ").add(text.size() + bytes.size()).add("\n");
  output_.add(text.data(), text.size());
  if (bytes.size() != 0) output_.add(const_cast<Buffer&>(bytes).data(), bytes.size());
}

// An orphan gets a new shim; until then it is as it was.
Condition Relay::look(Watch& w, Buffer& exit) {
  int shim = 0;
  const Condition condition = look_at(w.dir, exit, shim);
  if (shim != 0 && (w.pidfd < 0 || w.shim != shim)) {
    if (w.pidfd >= 0) close(w.pidfd);
    w.shim = shim;
    w.pidfd = pidfd_open(shim);
    if (w.pidfd >= 0) fcntl(w.pidfd, F_SETFD, FD_CLOEXEC);
    w.adopting = false;
  }
  if (condition == Condition::orphaned && !w.adopting) {
    w.adopting = true;
    const int said = launch(w.dir, true);
    if (said >= 0) close(said);
  }
  return condition;
}

bool Relay::try_follow(Pending& p) {
  Watch& w = *p.watch;
  if (w.log < 0) {
    Buffer log;
    log.add(w.dir).add("/").add(log_directory);
    w.log = inotify_add_watch(inotify_, log.text(), IN_MODIFY | IN_CREATE);
  }
  Buffer bytes;
  if (read_log(w.dir, p.place, p.most, bytes, w.segment_fd, w.segment)) {
    answer(p, "data", bytes);
    return true;
  }
  Buffer exit;
  const Condition condition = look(w, exit);
  // What it wrote just before that.
  if (read_log(w.dir, p.place, p.most, bytes, w.segment_fd, w.segment)) {
    answer(p, "data", bytes);
    return true;
  }
  const char* word = word_of(condition);
  if (strcmp(word, p.known) == 0) return false;
  answer(p, word, exit);
  return true;
}

void Relay::stop(const Call& call) {
  Pending& p = add(call, Pending::Kind::stop);
  p.watch = watch(call.text(0));
  call.number(1, p.signal);
  call.number(2, p.grace_ms);
  p.give_up_at = monotonic_ms() + p.grace_ms + unkillable_ms;
}

bool Relay::try_stop(Pending& p) {
  if (p.ordered && !p.watch->dirty && monotonic_ms() < p.give_up_at) return false;
  Buffer exit;
  const Condition condition = look(*p.watch, exit);
  switch (condition) {
    case Condition::missing:
    case Condition::over:
    case Condition::lost:
    case Condition::rebooted:
      reply(p.id, "ok", word_of(condition));
      return true;
    case Condition::running:
    case Condition::exited:
      if (!p.ordered) {
        char signal[24], grace[24];
        Text(signal, sizeof signal).add(p.signal);
        Text(grace, sizeof grace).add(p.grace_ms);
        char stop[] = "stop";
        char* words[] = {p.watch->dir, stop, signal, grace};
        p.ordered = control(4, words) == 0;
      }
      break;
    case Condition::orphaned:
      break;
  }
  if (monotonic_ms() < p.give_up_at) return false;
  reply(p.id, "failed", "something of it still runs 10 s after SIGKILL");
  return true;
}

bool Relay::try_result(Pending& p) {
  Buffer exit;
  const Condition condition = look(*p.watch, exit);
  if (condition == Condition::running || condition == Condition::exited ||
      condition == Condition::orphaned) {
    return false;
  }
  if (condition == Condition::missing) {
    // Prepared, and not started yet.
    Buffer spec;
    spec.add(p.watch->dir).add("/").add(spec_file);
    if (access(spec.text(), F_OK) == 0) return false;
  }
  reply(p.id, condition == Condition::over ? "ok" : "missing", exit.data(), exit.size());
  return true;
}

void Relay::command(const Call& call, const char* name, std::size_t numbers) {
  Buffer words[4];
  char* texts[4];
  words[0].add(call.text(0));
  words[1].add(name);
  for (std::size_t i = 0; i < numbers; ++i) words[2 + i].add(call.text(1 + i));
  for (std::size_t i = 0; i < 2 + numbers; ++i) {
    words[i].text();
    texts[i] = words[i].data();
  }
  const int status = control(static_cast<int>(2 + numbers), texts);
  if (status == 0) return reply(call.id(), "ok", "");
  reply(call.id(), status == 1 ? "missing" : "failed", "it does not run");
}

void Relay::write_input(const Call& call) {
  const char* dir = call.text(0);
  const char* slash = strrchr(dir, '/');
  Buffer path;
  path.add(dir).add("/run").add(slash).add(stdin_suffix);
  const int fd = open(path.text(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(call.id(), "cannot write to the stdin of ", slash + 1, errno);
  ssize_t n = write(fd, call.text(1), call.field(1).length);
  if (n < 0 && errno == EAGAIN) n = 0;
  const int error = errno;
  close(fd);
  if (n < 0) return fail(call.id(), "cannot write to the stdin of ", slash + 1, error);
  Buffer taken;
  reply(call.id(), "ok", taken.add(static_cast<std::uint64_t>(n)).text());
}

void Relay::stats(const Call& call) {
  Buffer exit;
  int shim = 0;
  look_at(call.text(0), exit, shim);
  if (shim == 0) return reply(call.id(), "missing", "it does not run");
  Buffer usage;
  add_usage(shim, usage);
  reply(call.id(), "ok", usage.data(), usage.size());
}

void Relay::remove(const Call& call) {
  const char* path = call.text(0);
  Buffer exit;
  int shim = 0;
  const Condition condition = look_at(path, exit, shim);
  if (shim != 0 || condition == Condition::orphaned) {
    return reply(call.id(), "failed", "it still runs");
  }
  unwatch(path);
  const int error = remove_tree(path);
  if (error != 0) return fail(call.id(), "cannot remove ", path, error);
  remove_empty_parents(root_.text(), path);
  reply(call.id(), "ok", "");
}

void Relay::list(const Call& call) {
  Buffer lines;
  if (DIR* folder = opendir(call.text(0))) {
    while (const dirent* entry = readdir(folder)) {
      if (entry->d_name[0] == '.') continue;
      Buffer path;
      Buffer exit;
      int shim = 0;
      path.add(call.text(0)).add("/").add(entry->d_name);
      const Condition condition = look_at(path.text(), exit, shim);
      if (condition == Condition::missing) continue;
      const bool runs = shim != 0 || condition == Condition::orphaned;
      lines.add(entry->d_name).add(runs ? " running\n" : " over\n");
    }
    closedir(folder);
  }
  reply(call.id(), "ok", lines.data(), lines.size());
}

Watch* Relay::watch(const char* dir) {
  for (Watch* w = watches_; w != nullptr; w = w->next) {
    if (strcmp(w->dir, dir) == 0) {
      w->dirty = true;
      return w;
    }
  }
  auto* made = ::new (malloc(sizeof(Watch))) Watch;
  made->dir = copy_text(dir);
  made->folder = inotify_add_watch(inotify_, dir, IN_MOVED_TO | IN_CREATE);
  made->next = watches_;
  watches_ = made;
  return made;
}

// Who waits for it is answered.
void Relay::unwatch(const char* dir) {
  for (Watch** at = &watches_; *at != nullptr; at = &(*at)->next) {
    Watch* w = *at;
    if (strcmp(w->dir, dir) != 0) continue;
    for (Pending* p = pending_; p != nullptr; p = p->next) {
      if (p->watch == w) p->watch = nullptr;
    }
    if (w->folder >= 0) inotify_rm_watch(inotify_, w->folder);
    if (w->log >= 0) inotify_rm_watch(inotify_, w->log);
    for (const int fd : {w->pidfd, w->segment_fd}) {
      if (fd >= 0) close(fd);
    }
    *at = w->next;
    free(w->dir);
    free(w);
    return;
  }
}

}  // namespace

int relay() {
  Relay one;
  return one.run();
}

}  // namespace consort::shim
