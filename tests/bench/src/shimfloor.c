/* shimfloor [-r] LOGDIR COUNT COMMAND [ARG...]
 *
 * The least that a supervisor can do whose death must lose nothing: as floor, but each service
 * belongs to a shim of its own, forked from this static program, that reads a FIFO, stamps each
 * line in the CRI form, writes the log itself, takes in orphans and leaves an exit file. What is
 * started is recorded before. Nothing is synced, and nobody gets a session of his own. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common.h"

enum { STAMP = sizeof "2026-01-02T03:04:05.123456789Z stdout F " - 1 };

static const char* directory;
static sigset_t caught, none;

static void stamp(char* out) {
  static time_t second;
  static char date[sizeof "2026-01-02T03:04:05"];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != second) {
    struct tm parts;
    gmtime_r(&now.tv_sec, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    second = now.tv_sec;
  }
  char text[64];
  snprintf(text, sizeof text, "%s.%09ldZ stdout F ", date, now.tv_nsec);
  memcpy(out, text, STAMP);
}

/* Copies what the FIFO holds to the log, line by line; false when it is empty. */
static bool copy_lines(int fifo, int log) {
  static char in[64 * 1024], out[128 * 1024];
  static size_t held; /* of a line whose end has not come yet */
  ssize_t got = read(fifo, in + held, sizeof in - held);
  if (got <= 0) return false;
  size_t end = held + (size_t)got, from = 0, filled = 0;
  char prefix[STAMP];
  stamp(prefix);
  for (char* newline; (newline = memchr(in + from, '\n', end - from));) {
    size_t length = (size_t)(newline - (in + from)) + 1;
    if (filled + STAMP + length > sizeof out) {
      write_all(log, out, filled);
      filled = 0;
    }
    memcpy(out + filled, prefix, STAMP);
    memcpy(out + filled + STAMP, in + from, length);
    filled += STAMP + length;
    from += length;
  }
  write_all(log, out, filled);
  held = end - from;
  memmove(in, in + from, held);
  if (held == sizeof in) held = 0; /* a floor need not keep endless lines */
  return true;
}

static void leave_exit_file(int number, int status) {
  char temporary[4096], final[4096];
  snprintf(temporary, sizeof temporary, "%s/%d.exit.new", directory, number);
  snprintf(final, sizeof final, "%s/%d.exit", directory, number);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  dprintf(fd, "%d\n", status);
  close(fd);
  if (rename(temporary, final)) die("write an exit file");
}

static _Noreturn void run_shim(int number, char** command) {
  setpgid(0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  int signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  char path[4096];
  snprintf(path, sizeof path, "%s/%d.fifo", directory, number);
  if (mkfifo(path, 0600) && errno != EEXIST) die("make a FIFO");
  int fifo = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int input = open(path, O_RDWR | O_CLOEXEC); /* read and write: the writer outlives its reader */
  int log = open_numbered(directory, number, "log");

  pid_t service = vfork();
  if (service == 0) {
    setpgid(0, 0);
    dup2(input, STDOUT_FILENO);
    dup2(input, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    _exit(127);
  }
  close(input);

  for (;;) {
    struct pollfd ready[] = {{.fd = fifo, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    poll(ready, 2, -1);
    while (copy_lines(fifo, log)) {
    }
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info)
      if (info.ssi_signo == SIGTERM) kill(-service, SIGTERM);
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != service) continue;
      while (copy_lines(fifo, log)) {
      }
      leave_exit_file(number, status);
      _exit(0);
    }
  }
}

static pid_t start(int record, int number, char** command) {
  dprintf(record, "start %d\n", number);
  pid_t shim = fork();
  if (shim < 0) die("fork a shim");
  if (shim == 0) run_shim(number, command);
  return shim;
}

int main(int argc, char** argv) {
  bool restart = argc > 1 && strcmp(argv[1], "-r") == 0;
  char** arguments = argv + (restart ? 2 : 1);
  if (argc - (arguments - argv) < 3) return 2;
  directory = arguments[0];
  int count = atoi(arguments[1]), running = count;
  char** command = arguments + 2;
  pid_t* shims = calloc((size_t)count, sizeof *shims);

  sigemptyset(&none);
  sigemptyset(&caught);
  sigaddset(&caught, SIGCHLD);
  sigaddset(&caught, SIGTERM);
  sigprocmask(SIG_BLOCK, &caught, NULL);
  int signals = signalfd(-1, &caught, SFD_CLOEXEC);
  int record = open_numbered(directory, 0, "record");
  for (int i = 0; i < count; ++i) shims[i] = start(record, i, command);

  bool stopping = false;
  while (!stopping || running > 0) {
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) die("read a signal");
    if (info.ssi_signo == SIGTERM) {
      stopping = true;
      for (int i = 0; i < count; ++i)
        if (shims[i]) kill(shims[i], SIGTERM);
    }
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
      for (int i = 0; i < count; ++i) {
        if (shims[i] != pid) continue;
        shims[i] = restart && !stopping ? start(record, i, command) : 0;
        if (!shims[i]) --running;
        break;
      }
    }
  }
  return 0;
}
