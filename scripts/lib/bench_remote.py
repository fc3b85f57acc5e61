"""The workloads of scripts/bench that need another host: a network namespace with its own sshd, as the tests make it.

Beside Consort stands ssh(1) with a connection that is ready (ControlMaster). Each run is a project of its own.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from bench_containers import ROOT, Failure, ends, now, wait

sys.path.insert(0, str(ROOT / "tests/ssh"))

# What Consort and this sshd agree on with libssh2 1.10, so that both sides do the same work.
CIPHER, MAC = "aes128-ctr", "hmac-sha2-256-etm@openssh.com"


class Side:
    """A person's folders, with what ssh and Consort need to reach the host."""

    def __init__(self, settings, host):
        import hosts
        self.settings, self.host = settings, host
        self.folder = tempfile.mkdtemp(prefix="consort-bench-")
        self.project = "bench" + os.path.basename(self.folder)[-8:].lower().replace("_", "x")
        ssh = pathlib.Path(self.folder, ".ssh")
        for path in (ssh, pathlib.Path(self.folder, "run")):
            path.mkdir(mode=0o700)
        for name in ("id", "id.pub"):
            shutil.copy(os.path.join(os.path.dirname(host.dir), name), ssh / name.replace("id", "id_ed25519"))
        (ssh / "known_hosts").write_text(host.known_hosts_line())
        (ssh / "config").write_text(
            f"Host far\n  HostName {host.address}\n  Port {hosts.PORT}\n  User root\n  UserKnownHostsFile {ssh}/known_hosts\n"
            f"  IdentityFile {ssh}/id_ed25519\n  Ciphers {CIPHER}\n  MACs {MAC}\n")
        self.environment = dict(os.environ, HOME=self.folder, XDG_STATE_HOME=f"{self.folder}/state",
                                XDG_RUNTIME_DIR=f"{self.folder}/run")
        self.environment.pop("SSH_AUTH_SOCK", None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command, out=None):
        """Milliseconds from the start of the command to its end."""
        began = now()
        done = subprocess.run(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=out or subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise Failure(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
        return (now() - began) * 1e3


class Ssh(Side):
    name = "ssh"

    def ssh(self, *words):
        return ("ssh", "-F", f"{self.folder}/.ssh/config", "-S", f"{self.folder}/master", *words)

    def ready(self):
        self.run(*self.ssh("-f", "-N", "-M", "far"))

    def start(self):
        return self.run(*self.ssh("far", "true"))

    def fetch(self, file, lines):
        began = now()
        with open(f"{self.folder}/fetched", "wb") as out:
            self.run(*self.ssh("far", f"cat {file}"), out=out)
        return (now() - began) * 1e3

    def end(self):
        subprocess.call(self.ssh("-O", "exit", "far"), env=self.environment, stderr=subprocess.DEVNULL)


class Consort(Side):
    name = "consort"

    def write(self, services):
        pathlib.Path(self.folder, "consort.yaml").write_text(json.dumps({"name": self.project, "services": services}))

    def ready(self):
        self.write({name: {"host": "far", "command": "sleep 1000"} for name in ("warm", "one")})
        self.run(self.settings.consort, "up", "-d")

    def start(self):
        self.run(self.settings.consort, "stop", "-t", "0", "one")
        return self.run(self.settings.consort, "start", "one")

    def fetch(self, file, lines):
        services = {"warm": {"host": "far", "command": "sleep 1000"}}
        self.write(services)
        self.run(self.settings.consort, "up", "-d")
        self.write({**services, "reader": {"host": "far", "command": ["cat", file]}})
        began = now()
        self.run(self.settings.consort, "up", "-d")
        log = pathlib.Path(self.folder, "state/consort", self.project, "instances")
        wait(lambda: any(ends(path) for path in log.glob("reader-*/log/*")), "the last line")
        return (now() - began) * 1e3

    def end(self):
        subprocess.call([self.settings.consort, "down", "-t", "0"], cwd=self.folder, env=self.environment,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def remote(settings, tool, count):
    """A command on a connection that is ready, beside the start of a service."""
    with tool(settings, settings.host()) as side:
        side.ready()
        return {"start, ms": [side.start() for _ in range(count)]}


def log_lines(count):
    """Lines of an access log, of 100 bytes: they are compressed on their way, so that equal ones would measure little."""
    dice = random.Random(1)
    for number in range(count):
        text = (f"10.1.{dice.randrange(256)}.{dice.randrange(256)} - - [27/Nov/2026:03:50:{number // 1000 % 60:02}] "
                f'"GET /api/items/{dice.randrange(100000)} HTTP/1.1" 200 {dice.randrange(100000)} {number:09} curl/7.88')
        yield f"{text:99.99}\n"


def remote_logs(settings, tool, count):
    """A file of lines from the other host, beside the same lines as a service's log, until all are here."""
    with tempfile.NamedTemporaryFile("w", prefix="consort-bench-") as file:
        lines = settings.lines // 10
        file.writelines(log_lines(lines))
        file.write("end\n")
        file.flush()
        with tool(settings, settings.host()) as side:
            if tool is Ssh:
                side.ready()
            return {"ms": [side.fetch(file.name, lines)]}


WORKLOADS = {  # name: (function, tools, counts, counts when quick)
    "remote": (remote, [Ssh, Consort], [10], [2]),
    "remote-logs": (remote_logs, [Ssh, Consort], [1], [1]),
}


def make_host():
    """A host, once; a Failure where there can be none."""
    import hosts

    def refuse(why):
        raise Failure(f"there is no other host here: {why}")
    hosts.skip = refuse
    return hosts.Hosts("far").far
