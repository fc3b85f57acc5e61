"""A project of its own for a test: temporary folder, own state and runtime directories, the real
executable. At the end everything that was started is ended, and leftovers fail the test."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

CONSORT = os.environ.get("CONSORT", os.path.join(os.path.dirname(__file__), "../../build/debug/bin/consort"))
TEST_PLUGINS = os.path.join(os.path.dirname(os.path.dirname(CONSORT)), "tests", "plugins")
DEADLINE = 60  # seconds: generous, so that only a hang can miss it


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class ProjectTest(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="consort-e2e-"))
        self.name = "t" + os.path.basename(self.dir)[-8:].lower().replace("_", "x")
        self.work = os.path.join(self.dir, "work")
        self.state = os.path.join(self.dir, "state")
        self.runtime = os.path.join(self.dir, "run")
        for path in (self.work, self.state, self.runtime):
            os.mkdir(path, 0o700)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("COMPOSE_", "CONSORT"))}
        self.env.update(XDG_STATE_HOME=self.state, XDG_RUNTIME_DIR=self.runtime, NO_COLOR="1",
                        XDG_CONFIG_HOME=os.path.join(self.dir, "config"))
        self.started = []

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        left, down = [], None
        try:
            if os.path.exists(os.path.join(self.work, "consort.yaml")) or os.path.isdir(self.project_state()):
                down = self.consort("-p", self.name, "down", "-t", "1", check=False)
        finally:
            left = self.marked()
            # A supervisor that had nothing to do may be about to end by itself, which is no leftover.
            end = time.monotonic() + DEADLINE
            while not self.expected_survivors and self.supervisors() and time.monotonic() < end:
                time.sleep(0.02)
            left += [pid for pid in self.survivors() if pid not in left]
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            log = os.path.join(self.project_state(), "supervisor.log")
            tail = open(log, errors="replace").read()[-2000:] if os.path.exists(log) else ""
            shutil.rmtree(self.dir, ignore_errors=True)
        if left and not self.expected_survivors:
            self.fail(f"processes survived `down`: {left}\n{down}\n{tail}")

    expected_survivors = False

    # -- the project's files ---------------------------------------------------------------------
    def write(self, name, text, mode=0o644):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def file(self, services, name="consort.yaml", **top):
        """Writes the project's file; JSON is YAML."""
        return self.write(name, json.dumps({"name": self.name, "services": services, **top}, indent=1))

    def project_state(self):
        return os.path.join(self.state, "consort", self.name)

    # -- the program -----------------------------------------------------------------------------
    def consort(self, *args, check=True, stdin=None, env=None, cwd=None, timeout=DEADLINE):
        done = subprocess.run([CONSORT, *args], cwd=cwd or self.work, env={**self.env, **(env or {})},
                              input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, errors="surrogateescape", timeout=timeout)
        result = Result(done.returncode, done.stdout, done.stderr)
        if check and result.code != 0:
            self.fail(f"consort {' '.join(args)}: {result}")
        return result

    def spawn(self, *args, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen([CONSORT, *args], cwd=self.work, env=self.env, **kw)
        self.started.append(process)
        return process

    def up(self, *args):
        return self.consort("up", "-d", *args)

    def ps(self, *args):
        out = self.consort("ps", "-a", "--format", "json", *args).out
        return {row["Name"]: row for row in map(json.loads, out.splitlines()) if row}

    def replica(self, name):
        return self.ps()[name]

    def wait_for(self, what, predicate):
        """The value of predicate() once it is true; looks again a hundred times a second."""
        end = time.monotonic() + DEADLINE
        while True:
            value = predicate()
            if value:
                return value
            if time.monotonic() > end:
                self.fail(f"waited {DEADLINE} s in vain for {what}")
            time.sleep(0.01)

    def wait_state(self, name, *states):
        return self.wait_for(f"{name} to be {states}",
                             lambda: (lambda r: r if r and r["State"] in states else None)(self.ps().get(name)))

    def supervisor_pid(self):
        rows = [json.loads(line) for line in self.consort("ls", "-a", "--format", "json").out.splitlines()]
        rows = rows[0] if rows and isinstance(rows[0], list) else rows
        return next((row["pid"] for row in rows if row["Name"] == self.name), None)

    def use_test_plugins(self):
        """The runtimes that are built for the tests are found, by the person's settings."""
        settings = os.path.join(self.env["XDG_CONFIG_HOME"], "consort")
        os.makedirs(settings, 0o700)
        with open(os.path.join(settings, "consort.toml"), "w") as file:
            file.write(f"[plugins]\npaths = [\"{TEST_PLUGINS}\"]\n")

    def survivors(self):
        """Living processes that carry this project's mark in their environment, or its supervisor."""
        return self.marked() + self.supervisors()

    def marked(self):
        mark = f"CONSORT_INSTANCE={self.name}/".encode()
        return self.living(lambda env, command: mark in env)

    def supervisors(self):
        """Consort's own processes of this test."""
        mark, runtime = f"CONSORT_INSTANCE={self.name}/".encode(), f"XDG_RUNTIME_DIR={self.runtime}".encode()
        return self.living(lambda env, command: runtime in env and b"consort" in command and mark not in env)

    @staticmethod
    def living(wanted):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                env = open(f"/proc/{pid}/environ", "rb").read()
                state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
                cmd = open(f"/proc/{pid}/cmdline", "rb").read()
            except OSError:
                continue
            if state not in "ZX" and int(pid) != os.getpid() and wanted(env, cmd):
                found.append(int(pid))
        return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def main():
    unittest.main(verbosity=2, warnings="ignore")
