/* crash STARTS FILE: appends "S <ns>" to FILE when it starts and "X <ns>" when it ends
 * (CLOCK_MONOTONIC, 22 bytes each), and exits 1 at once. From the start numbered STARTS on it
 * stays. */
#include <sys/stat.h>

#include "common.h"

enum { RECORD = 22 };

static void append(int fd, char what) {
  char text[RECORD + 1];
  snprintf(text, sizeof text, "%c %019lld\n", what, monotonic_ns());
  write_all(fd, text, RECORD);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  int fd = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd < 0) die("open the record");
  append(fd, 'S');
  struct stat record;
  if (fstat(fd, &record)) die("read the record's size");
  if (record.st_size / RECORD >= 2L * atol(argv[1]) - 1)
    for (;;) pause();
  append(fd, 'X');
  return 1;
}
