/* flood LINES GO: says "ready", waits until the FIFO GO has been opened for writing, writes LINES
 * lines of 100 bytes (a number first), then "end", and sleeps until it is killed. */
#include "common.h"

enum { LINE = 100, BATCH = 640 };

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  long lines = atol(argv[1]);
  write_all(STDOUT_FILENO, "ready\n", 6);
  int go = open(argv[2], O_RDONLY);
  if (go < 0) die("open the FIFO");
  close(go);

  static char batch[LINE * BATCH];
  for (long number = 0; number < lines;) {
    size_t filled = 0;
    for (; filled < sizeof batch && number < lines; filled += LINE, ++number) {
      char* line = batch + filled;
      memset(line, 'x', LINE - 1);
      line[LINE - 1] = '\n';
      long rest = number;
      for (int digit = 9; digit >= 0; --digit, rest /= 10) line[digit] = (char)('0' + rest % 10);
    }
    write_all(STDOUT_FILENO, batch, filled);
  }
  write_all(STDOUT_FILENO, "end\n", 4);
  for (;;) pause();
}
