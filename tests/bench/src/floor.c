/* floor [-r] LOGDIR COUNT COMMAND [ARG...]
 *
 * The least that a supervisor which keeps logs can do: it spawns COUNT copies of COMMAND, copies
 * the output of each through a pipe to LOGDIR/N.log, with -r restarts what ends, and on SIGTERM
 * ends all and then itself. Its death loses everything. */
#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "common.h"

extern char** environ;

struct service {
  pid_t pid; /* 0: none runs */
  int output, input, log;
};

static struct service* services;
static int count, running;
static posix_spawnattr_t attributes;

static void spawn_service(struct service* service, char** command) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, service->input, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, service->input, STDERR_FILENO);
  errno = posix_spawnp(&service->pid, command[0], &files, &attributes, command, environ);
  if (errno) die("spawn a service");
  posix_spawn_file_actions_destroy(&files);
  ++running;
}

static void copy_output(const struct service* service) {
  static char buffer[64 * 1024];
  ssize_t got = read(service->output, buffer, sizeof buffer);
  if (got > 0) write_all(service->log, buffer, (size_t)got);
}

static void reap(bool restart, char** command) {
  pid_t pid;
  while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
    for (int i = 0; i < count; ++i) {
      if (services[i].pid != pid) continue;
      services[i].pid = 0;
      --running;
      if (restart) spawn_service(&services[i], command);
      break;
    }
  }
}

int main(int argc, char** argv) {
  bool restart = argc > 1 && strcmp(argv[1], "-r") == 0;
  char** arguments = argv + (restart ? 2 : 1);
  if (argc - (arguments - argv) < 3) return 2;
  char** command = arguments + 2;
  count = atoi(arguments[1]);
  services = calloc((size_t)count, sizeof *services);

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  sigset_t caught, none;
  sigemptyset(&none);
  sigemptyset(&caught);
  sigaddset(&caught, SIGCHLD);
  sigaddset(&caught, SIGTERM);
  sigprocmask(SIG_BLOCK, &caught, NULL);
  int signals = signalfd(-1, &caught, SFD_CLOEXEC);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, signals, &event);
  for (int i = 0; i < count; ++i) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) die("make a pipe");
    services[i] = (struct service){
        .output = ends[0], .input = ends[1], .log = open_numbered(arguments[0], i, "log")};
    event.data.ptr = &services[i];
    epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event);
    spawn_service(&services[i], command);
  }

  bool stopping = false;
  while (!stopping || running > 0) {
    struct epoll_event ready[128];
    int n = epoll_wait(poller, ready, 128, -1);
    for (int i = 0; i < n; ++i) {
      if (ready[i].data.ptr) {
        copy_output(ready[i].data.ptr);
        continue;
      }
      struct signalfd_siginfo info;
      if (read(signals, &info, sizeof info) != sizeof info) die("read a signal");
      if (info.ssi_signo == SIGTERM) {
        stopping = true;
        for (int s = 0; s < count; ++s)
          if (services[s].pid) kill(-services[s].pid, SIGTERM);
      }
      reap(restart && !stopping, command);
    }
  }
  return 0;
}
