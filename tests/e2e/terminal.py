import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from harness import CONSORT


class Terminal:
    """A command under a terminal of its own."""

    def __init__(self, test, *args, rows=24, columns=80):
        self.test = test
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen([CONSORT, *args], cwd=test.work, env={**test.env, "TERM": "xterm"},
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.text = ""

    def send(self, text):
        os.write(self.master, text.encode())

    def expect(self, pattern):
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self.master], [], [], 30)
            if not ready:
                self.test.fail(f"waited in vain for {pattern!r} in {self.text!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:
                self.test.fail(f"ended before {pattern!r}: {self.text!r}")
            self.text += data.decode(errors="replace")

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        try:
            while select.select([self.master], [], [], 30)[0]:
                self.text += os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            pass
        code = self.process.wait(30)
        os.close(self.master)
        return code
