/* What the floors and the measured programs share. Errors end the program: it is a measurement. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline void die(const char* what) {
  fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

static inline long long monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline void write_all(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    ssize_t wrote = write(fd, bytes, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) die("write");
    bytes += wrote;
    size -= (size_t)wrote;
  }
}

/* DIRECTORY/NUMBER.SUFFIX, opened to append. */
static inline int open_numbered(const char* directory, int number, const char* suffix) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%d.%s", directory, number, suffix);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) die(path);
  return fd;
}
