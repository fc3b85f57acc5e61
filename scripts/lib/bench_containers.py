"""The workloads of scripts/bench that need a Docker Engine: its own, started as the tests start theirs.

Beside Consort stand the bare calls of the Engine API and, where it is installed, Docker Compose. Each run
is a project of its own; what ends it is not measured.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/docker"))
now = time.monotonic
SLEEP = ["sh", "-c", "echo up; exec sleep 1000"]


class Failure(Exception):
    pass


# -- what is measured ---------------------------------------------------------------------------------


class Stack:
    """`count` containers that sleep, on a network of their own."""

    def __init__(self, settings, engine, count, command=None, mount=None):
        self.settings, self.engine, self.count = settings, engine, count
        self.command, self.mount = command or SLEEP, mount
        self.folder = tempfile.mkdtemp(prefix="consort-bench-")
        self.project = "bench" + os.path.basename(self.folder)[-8:].lower().replace("_", "x")
        self.environment = dict(os.environ, DOCKER_HOST=engine.host, XDG_STATE_HOME=f"{self.folder}/state",
                                XDG_RUNTIME_DIR=f"{self.folder}/run")
        os.mkdir(f"{self.folder}/run", 0o700)

    def __enter__(self):
        service = {"image": "busybox:consort", "command": [part.replace("$", "$$") for part in self.command]}
        if self.mount:
            service["volumes"] = [f"{self.mount}:{self.mount}"]
        services = {f"s{i}": service for i in range(self.count)}
        pathlib.Path(self.folder, "compose.yaml").write_text(
            json.dumps({"name": self.project, "services": services}))
        return self

    def __exit__(self, *_):
        self.end()
        for one in self.engine.containers():
            self.engine.call("DELETE", f"/containers/{one['Id']}?force=1")
        for one in self.engine.get("/networks"):
            if one["Name"].startswith("bench"):
                self.engine.call("DELETE", f"/networks/{one['Id']}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments):
        """Milliseconds from the start of the command to its end."""
        began = now()
        with open(f"{self.folder}/said", "wb") as said:
            code = subprocess.call([*program, *arguments], cwd=self.folder, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        if code:
            said = pathlib.Path(self.folder, "said").read_text(errors="replace").strip()[-500:]
            raise Failure(f"{' '.join([*program, *arguments])} ended with {code}: {said}")
        return (now() - began) * 1e3


class Bare(Stack):
    """The calls that must be made: one network, then create and start of each container, all at once."""
    name = "bare calls"
    commands = ()

    def up(self):
        began = now()
        network = self.post("/networks/create", {"Name": self.project})["Id"]
        made = [threading.Thread(target=self.one, args=(f"{self.project}-s{i}-1", network))
                for i in range(self.count)]
        for thread in made:
            thread.start()
        for thread in made:
            thread.join()
        return (now() - began) * 1e3

    def one(self, name, network):
        body = {"Image": "busybox:consort", "Cmd": self.command, "HostConfig": {"NetworkMode": network}}
        if self.mount:
            body["HostConfig"]["Binds"] = [f"{self.mount}:{self.mount}"]
        self.post(f"/containers/{self.post(f'/containers/create?name={name}', body)['Id']}/start")

    def post(self, path, body=None):
        status, answer = self.engine.call("POST", path, body)
        if status >= 400:
            raise Failure(f"{path}: {answer}")
        return answer

    def end(self):
        pass


class Compose(Stack):
    name = "compose"
    commands = {"up again": ("up", "-d"), "ps": ("ps",), "config -q": ("config", "-q")}

    @property
    def program(self):
        return [*self.settings.compose, "-f", "compose.yaml"]

    def up(self):
        return self.run(self.program, "up", "-d")

    def end(self):
        subprocess.call([*self.program, "kill"], cwd=self.folder, env=self.environment,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Consort(Compose):
    name = "consort"

    @property
    def program(self):
        return [self.settings.consort, "-f", "compose.yaml"]

    def supervisor(self):
        rows = json.loads(subprocess.check_output([self.settings.consort, "ls", "--format", "json"],
                                                  env=self.environment))
        return rows[0]["pid"]

    def end(self):
        self.run(self.program, "down", "-t", "0")

    def stored(self):
        """The store's files of this project's containers."""
        return list(pathlib.Path(self.folder, "state/consort", self.project, "instances").glob("*/log/*"))


# -- the workloads: each returns {metric: [values]} ---------------------------------------------------


def containers(settings, tool, count):
    """`up -d`, and once all runs the commands that change nothing, three times each."""
    with tool(settings, settings.engine(), count) as stack:
        values = {"up -d, ms": [stack.up()]}
        for name, command in dict(tool.commands).items():
            values[f"{name}, ms"] = [stack.run(stack.program, *command) for _ in range(3)]
        return values


def container_memory(settings, tool, count):
    """What the supervisor has more with `count` containers than with one (of the pages that it has written)."""
    def private(containers):
        with tool(settings, settings.engine(), containers) as stack:
            stack.up()
            time.sleep(settings.settle)
            text = pathlib.Path(f"/proc/{stack.supervisor()}/smaps_rollup").read_text()
            fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
            return int(fields["Private_Dirty"].split()[0])
    return {"a container, kB": [(private(count) - private(1)) / (count - 1)]}


def container_logs(settings, tool, count):
    """From the word to write until the last of the lines is in the file of whoever follows."""
    folder = tempfile.mkdtemp(prefix="consort-bench-")
    try:
        shutil.copy(ROOT / "build/bench/bin/flood", folder)
        os.mkfifo(f"{folder}/go")
        command = [f"{folder}/flood", str(settings.lines // 10), f"{folder}/go"]
        with tool(settings, settings.engine(), 1, command, folder) as stack:
            stack.up()
            follower = follow(stack) if tool is Bare else None
            files = (lambda: [pathlib.Path(stack.folder, "followed")]) if follower else stack.stored
            try:
                wait(lambda: any(path.stat().st_size for path in files()), "the first line")
                began = now()
                os.close(os.open(f"{folder}/go", os.O_WRONLY))
                wait(lambda: any(ends(path) for path in files()), "the last line")
                took = now() - began
            finally:
                if follower:
                    follower.send_signal(signal.SIGTERM)
                    follower.wait()
            return {"ms": [took * 1e3]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def follow(stack):
    with open(f"{stack.folder}/followed", "wb") as file:
        return subprocess.Popen(["docker", "logs", "-f", f"{stack.project}-s0-1"], env=stack.environment, stdout=file,
                                stderr=subprocess.STDOUT)


def ends(path):
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 8))
        return file.read().endswith((b"\nend\n", b" end\n"))


def wait(condition, what):
    deadline = now() + 300
    while not condition():
        if now() > deadline:
            raise Failure(f"waited in vain for {what}")
        time.sleep(0.002)


WORKLOADS = {  # name: (function, tools, counts, counts when quick)
    "containers": (containers, [Bare, Compose, Consort], [10], [2]),
    "container-memory": (container_memory, [Consort], [40], [4]),
    "container-logs": (container_logs, [Bare, Consort], [1], [1]),
}


def make_engine():
    """A dockerd, once; a Failure where there can be none."""
    import engine
    def refuse(why):
        raise Failure(f"there is no Docker Engine here: {why}")
    engine.skip = refuse
    started = engine.engine()
    return started


def find_compose(given):
    """The command of Docker Compose 2, or None."""
    candidates = [given] if given else ["docker-compose", "docker compose"]
    for candidate in candidates:
        try:
            version = subprocess.run([*candidate.split(), "version", "--short"], capture_output=True, text=True)
        except OSError:
            continue
        # One that was built by hand is of version "dev".
        if version.returncode == 0 and not version.stdout.startswith("1."):
            return candidate.split()
    return None
