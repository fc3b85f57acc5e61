#!/usr/bin/env python3
"""Runs the commands of a document as its reader would, and compares what they say with the document.

  run_readme.py DOCUMENT FOLDER_OF_CONSORT [SECONDS]

Everything happens in an empty folder with a HOME, state and runtime directory of its own, in the order
of the document:

- A fenced block whose first line is a comment with nothing but a file's name (`# consort.yaml`) is
  written to that file.
- In a ```console block, a line that starts with "$ " is a command for bash (a trailing backslash
  continues it) and must exit 0; the lines up to the next command are what it says. "..." stands for
  any text within a line, a line of only "..." for any number of lines, and runs of blanks are alike.
  Where no output is shown, any is right.

A "console" block that is not to be run says so: ```console no-run. SECONDS (default: 10) after the last
command nothing may still run.
"""

import ctypes
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

FENCE = re.compile(r"^```(\w+)?[ ]?(.*)$")
FILE_NAME = re.compile(r"^(?:#|//) ([\w./-]+\.\w+)$")
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
COMMAND_TIMEOUT = 120  # seconds


class Failure(Exception):
    pass


def steps(text):
    """[("file", line number, name, content) or ("command", line number, command, [expected lines])]"""
    found, lines, at = [], text.splitlines(), 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        at += 1
        if not fence:
            continue
        first = at
        while at < len(lines) and not lines[at].startswith("```"):
            at += 1
        if at == len(lines):
            raise Failure(f"line {first}: this fenced block does not end")
        block, at = lines[first:at], at + 1
        name = block and FILE_NAME.match(block[0])
        if fence[1] == "console" and fence[2] != "no-run":
            found += console_steps(block, first + 1)
        elif name:
            found.append(("file", first + 1, name[1], "\n".join(block) + "\n"))
    return found


def console_steps(block, number):
    found, at = [], 0
    while at < len(block):
        if not block[at].startswith("$ "):
            raise Failure(f"line {number + at}: a console block starts with a command: $ ...")
        start, command = at, block[at][2:]
        while command.endswith("\\"):
            at += 1
            command = command[:-1] + block[at].strip()
        at += 1
        expected = []
        while at < len(block) and not block[at].startswith("$ "):
            expected.append(block[at])
            at += 1
        found.append(("command", number + start, command, expected))
    return found


def says(expected, actual):
    """Whether the actual lines are what the expected ones describe."""
    def pattern(line):
        parts = (r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in line.rstrip().split("..."))
        return ".*".join(parts) + r"\s*"

    whole = "".join(r"(?:[^\n]*\n)*?" if line.strip() == "..." else pattern(line).replace(r"\s", "[ \t]") + r"\n"
                    for line in expected)
    return re.fullmatch(whole, "".join(line + "\n" for line in actual)) is not None


class Session:
    def __init__(self, consort_folder, folder):
        self.folder = self.current = folder / "tour"
        self.here = folder / "here"
        for name, mode in (("tour", 0o755), ("home", 0o755), ("state", 0o700), ("run", 0o700)):
            (folder / name).mkdir(mode=mode)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("CONSORT_", "COMPOSE_"))},
            "PATH": f"{consort_folder}:{os.environ['PATH']}", "HOME": str(folder / "home"),
            "XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder / "run"),
            "NO_COLOR": "1", "HERE": str(self.here)}

    def write(self, name, content):
        path = self.current / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def run(self, command):
        """(exit code, output lines); a `cd` holds for the commands that follow."""
        done = subprocess.run(
            ["bash", "-c", 'eval "$0"; code=$?; pwd >"$HERE"; exit $code', command],
            cwd=self.current, env=self.environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_TIMEOUT)
        if self.here.exists():
            self.current = pathlib.Path(self.here.read_text().strip())
        return done.returncode, done.stdout.splitlines()


def living_descendants():
    children, found, queue = {}, [], [os.getpid()]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] not in "ZX":
                children.setdefault(int(fields[1]), []).append(int(name))
    while queue:
        found += children.get(queue[0], [])
        queue += children.get(queue.pop(0), [])
    return found


def end_all(seconds):
    """What still runs after some seconds of patience (for a supervisor to end itself); kills it."""
    deadline = time.monotonic() + seconds
    for pid in living_descendants():
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        with os.fdopen(descriptor) as file:
            select.select([file], [], [], max(0, deadline - time.monotonic()))
    left = {}
    while alive := living_descendants():
        for pid in alive:
            try:
                left[pid] = pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
                os.kill(pid, signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                pass
    return left


def run(document, consort_folder, seconds):
    todo = steps(document.read_text())
    commands = sum(1 for step in todo if step[0] == "command")
    if commands == 0:
        raise Failure("there is no command in it")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="consort-tour-") as folder:
        session = Session(consort_folder, pathlib.Path(folder))
        patience = 0
        try:
            for kind, number, what, more in todo:
                if kind == "file":
                    session.write(what, more)
                    continue
                print(f"{document.name}:{number}: $ {what}", flush=True)
                code, said = session.run(what)
                heard = "".join(f"\n    {line}" for line in said)
                if code != 0:
                    raise Failure(f"line {number}: exit code {code} of: {what}{heard}")
                if more and not says(more, said):
                    wanted = "".join(f"\n    {line}" for line in more)
                    raise Failure(f"line {number}: {what}\n  is to say:{wanted}\n  but says:{heard}")
            patience = seconds
        finally:
            left = end_all(patience)
        if left:
            raise Failure("after the last command this still runs: " + ", ".join(left.values()))
    print(f"{document.name}: {commands} commands do what the text says")


if __name__ == "__main__":
    try:
        run(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(),
            float(sys.argv[3]) if len(sys.argv) > 3 else 10)
    except Failure as failure:
        sys.exit(f"{sys.argv[1]}: {failure}")
