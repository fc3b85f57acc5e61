"""A dockerd of its own for one test program: temporary data root and socket, an image made of busybox,
ended by its pid. Where there can be none the program ends with 77 and says why: CTest shows a skip."""
import atexit
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
from harness import DEADLINE, ProjectTest  # noqa: E402

SKIPPED = 77
BUSYBOX = "/bin/busybox"  # of busybox-static
IMAGE = "busybox:consort"


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout=DEADLINE):
        super().__init__("docker", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    def __init__(self, data_size=None):
        """`data_size`: of a file system of its own that holds its data, as mount(8) takes it."""
        for program in ("dockerd", "containerd", "runc", "iptables"):
            if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
                skip(f"there is no {program} (package docker.io or iptables)")
        if not os.path.exists(BUSYBOX):
            skip("there is no busybox (package busybox-static)")
        if os.geteuid() != 0:
            skip("dockerd needs root")
        self.dir = tempfile.mkdtemp(prefix="consort-dockerd-")
        self.socket = os.path.join(self.dir, "sock")
        self.host = f"unix://{self.socket}"
        self.process, self.live_restore = None, False
        atexit.register(self.remove)
        if data_size:
            os.mkdir(f"{self.dir}/data")
            options = ["-t", "tmpfs", "-o", f"size={data_size}"]
            subprocess.run(["mount", *options, "tmpfs", f"{self.dir}/data"], check=True)
        self.start()
        self.import_image(IMAGE)

    def start(self, *options):
        self.live_restore = "--live-restore" in options
        log = open(os.path.join(self.dir, "log"), "ab")
        env = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
        pool = f"base=10.{100 + os.getpid() % 100}.0.0/16,size=24"
        self.process = subprocess.Popen(
            ["dockerd", "--data-root", f"{self.dir}/data", "--exec-root", f"{self.dir}/exec",
             "-p", f"{self.dir}/pid", "-H", self.host, "--bridge", "none",
             "--default-address-pool", pool, *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True)
        end = time.monotonic() + DEADLINE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                text = open(os.path.join(self.dir, "log"), errors="replace").read()[-2000:]
                skip(f"dockerd does not come up here:\n{text}")
            time.sleep(0.05)

    def answers(self):
        try:
            return self.call("GET", "/_ping", timeout=5)[0] == 200
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(DEADLINE)
        if not self.live_restore:
            self.unmount_left()

    def unmount_left(self):
        """Docker Engine 20.10 may end before the file system of a container that it has ended is unmounted. Its
        successor would count that mount as one of its own, and never remove the container. It is busy as long as
        the container's processes are just ending, and may be unmounted by what is left of the engine."""
        end = time.monotonic() + DEADLINE
        while left := self.overlays():
            failed = [done for done in (subprocess.run(["umount", mount], capture_output=True, text=True) for mount in left)
                      if done.returncode != 0]
            if failed:
                assert time.monotonic() < end, failed
                time.sleep(0.02)

    def overlays(self):
        mounts = [line.split() for line in open("/proc/mounts")]
        return [where for what, where, *_ in mounts if what == "overlay" and self.dir in where]

    def remove(self):
        try:
            for one in self.containers():
                self.call("DELETE", f"/containers/{one['Id']}?force=1")
        except (OSError, ValueError):
            pass
        self.stop()
        mounts = [line.split()[1] for line in open("/proc/mounts") if self.dir in line]
        for mount in sorted(mounts, reverse=True):
            subprocess.run(["umount", "-l", mount], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)

    # -- the API ---------------------------------------------------------------------------------
    def call(self, method, path, body=None, headers=None, timeout=DEADLINE):
        connection = Connection(self.socket, timeout)
        try:
            if body is not None and not isinstance(body, bytes):
                body, headers = json.dumps(body), {"Content-Type": "application/json"}
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(data)
        except ValueError:
            return answer.status, data

    def get(self, path):
        status, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    def containers(self, project=None):
        return [one for one in self.get("/containers/json?all=1")
                if project is None or one["Labels"].get("com.docker.compose.project") == project]

    def inspect(self, name):
        status, body = self.call("GET", f"/containers/{name}/json")
        return body if status == 200 else None

    def import_image(self, name, changes=(), files={}, links={}):
        """An image of busybox. `files`: {path: (file of this machine, mode)}; `links`: {path: target}."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(BUSYBOX, "bin/busybox")
            applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True).stdout
            for applet in applets.split():
                if applet == "busybox":
                    continue
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
            for path, text in (("etc/passwd", "root:x:0:0::/root:/bin/sh\n"), ("etc/group", "root:x:0:\n")):
                entry = tarfile.TarInfo(path)
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text.encode()))
            for path, (source, mode) in files.items():
                entry = tarfile.TarInfo(path)
                content = open(source, "rb").read()
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
            for path, target in links.items():
                link = tarfile.TarInfo(path)
                link.type, link.linkname = tarfile.SYMTYPE, target
                tar.addfile(link)
            for path in ("tmp", "root", "run"):
                entry = tarfile.TarInfo(path)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
                tar.addfile(entry)
        repo, tag = name.rsplit(":", 1)
        query = "".join("&changes=" + urllib.parse.quote(change) for change in changes)
        status, body = self.call("POST", f"/images/create?fromSrc=-&repo={repo}&tag={tag}{query}",
                                 archive.getvalue(), {"Content-Type": "application/x-tar"})
        assert status == 200 and b"errorDetail" not in (body if isinstance(body, bytes) else b""), body

    def tag(self, image, name):
        repo, tag = name.rsplit(":", 1)
        status, body = self.call("POST", f"/images/{image}/tag?repo={repo}&tag={tag}")
        assert status == 201, body

    def commit(self, image, name, changes):
        """An image like another one, changed by instructions of a Dockerfile."""
        made = self.call("POST", "/containers/create", {"Image": image, "HostConfig": {"NetworkMode": "none"}})[1]["Id"]
        repo, tag = name.rsplit(":", 1)
        query = "".join("&changes=" + urllib.parse.quote(change) for change in changes)
        status, body = self.call("POST", f"/commit?container={made}&repo={repo}&tag={tag}{query}", {})
        self.call("DELETE", f"/containers/{made}")
        assert status == 201, body


def in_own_network():
    """Goes on in a network namespace of its own, where every port is free."""
    if os.environ.get("CONSORT_OWN_NETWORK"):
        return
    os.environ["CONSORT_OWN_NETWORK"] = "1"
    if os.geteuid() != 0:
        skip("a network namespace needs root")
    again = ["sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable, *sys.argv]
    os.execvp("unshare", ["unshare", "--net", *again])


def skip(why):
    print(f"SKIPPED: tests against a Docker Engine: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


ENGINE = None


def engine():
    global ENGINE
    if ENGINE is None:
        ENGINE = Engine()
    return ENGINE


class DockerTest(ProjectTest):
    """A project whose containers run on this program's dockerd. What `down` leaves fails the test."""

    def setUp(self):
        self.engine = engine()
        super().setUp()
        self.env["DOCKER_HOST"] = self.engine.host
        self.env.pop("DOCKER_CONTEXT", None)

    def tearDown(self):
        super().tearDown()
        left = self.engine.containers(self.name)
        for one in left:
            self.engine.call("DELETE", f"/containers/{one['Id']}?force=1")
        networks = [n for n in self.engine.get("/networks") if n["Labels"].get("com.docker.compose.project") == self.name]
        for one in networks:
            self.engine.call("DELETE", f"/networks/{one['Id']}")
        if left or networks:
            self.fail(f"down left behind: {[c['Names'] for c in left]} {[n['Name'] for n in networks]}")

    def container(self, service, index=1):
        return self.engine.inspect(f"{self.name}-{service}-{index}")

    def kill_supervisor(self):
        pid = self.supervisor_pid()
        os.kill(pid, signal.SIGKILL)
        self.wait_for("the supervisor to end", lambda: not os.path.exists(f"/proc/{pid}") or
                      open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] == "Z")

    def logs(self, *args):
        return self.consort("logs", "--no-log-prefix", *args).out.splitlines()


def main():
    engine()
    unittest.main(verbosity=2, warnings="ignore")
