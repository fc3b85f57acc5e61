"""Drives consort-shim as a supervisor does: a spec, a process, files and signals."""

import array
import contextlib
import ctypes
import faulthandler
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

SHIM = os.environ["CONSORT_SHIM"]
DEADLINE = 30.0
STOP, SIGNAL, RESIZE, CLOSE_STDIN = 40, 41, 42, 43
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

libc = ctypes.CDLL(None, use_errno=True)
libc.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
# The orphans of a killed shim become this process's children, so that they are reaped as a supervisor would.
libc.prctl(36, 1, 0, 0, 0)


def stop_payload(number, grace_ms):
    return number | grace_ms << 8


def wait_for(condition, what):
    """Waits until condition() is true; what it returned."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("timed out waiting for " + what)
        time.sleep(0.005)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def keys(path):
    return dict(line.split(" ", 1) for line in read(path).decode().splitlines())


def stat_of(pid):
    """State and start time, or None if there is no such process."""
    try:
        fields = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0].decode(), int(fields[19])


def alive(pid):
    stat = stat_of(pid)
    return stat is not None and stat[0] not in "ZX"


def marks():
    """(pid, instance id) of each living process that carries a mark, which the shim puts first."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                first = read(f"/proc/{name}/environ").split(b"\0", 1)[0].decode(errors="replace")
            except OSError:
                continue
            if first.startswith("CONSORT_INSTANCE_ID=") and alive(name):
                found.append((int(name), first.split("=", 1)[1]))
    return found


def marked(instance_id):
    return [pid for pid, name in marks() if name == instance_id]


def lines_of(data):
    """(stream, tag, text) of each record of a log."""
    records = []
    for line in data.split(b"\n")[:-1]:
        assert line[29:31] == b"Z ", line[:50]
        records.append((line[31:37].decode(), line[38:39].decode(), line[40:]))
    return records


class Instance:
    count = 0

    def __init__(self, base, argv, executable="/bin/sh", **keys_):
        Instance.count += 1
        self.base = base
        self.id = f"t{os.getpid()}-{Instance.count}"
        self.dir = os.path.join(base, self.id)
        self.fifo_dir = os.path.join(base, "run")
        self.exit_dir = os.path.join(base, "exit")
        for folder in (self.dir, self.fifo_dir, self.exit_dir):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        self.argv, self.executable, self.keys = argv, executable, keys_
        self.process = None
        self.write_spec()

    def write_spec(self):
        records = [("version", 1), ("id", self.id), ("exec", self.executable)]
        records += [("arg", arg) for arg in self.argv]
        values = {"fifo_dir": self.fifo_dir, "exit_dir": self.exit_dir, "cwd": "/",
                  "env": ["PATH=" + PATH], **self.keys}
        for key, value in values.items():
            for one in value if isinstance(value, list) else [value]:
                records.append((key, one))
        with open(os.path.join(self.dir, "spec"), "wb") as file:
            for key, value in records:
                value = value if isinstance(value, bytes) else str(value).encode()
                file.write(key.encode() + b"=" + value + b"\0")

    def start(self, *options, **popen):
        popen.setdefault("stdin", subprocess.DEVNULL)
        self.process = subprocess.Popen([SHIM, *options, self.dir], **popen)
        return self

    def run(self):
        self.start()
        self.wait()
        return self.exit()

    def wait(self):
        return self.process.wait(DEADLINE)

    def fifo(self, suffix):
        return os.path.join(self.fifo_dir, self.id + suffix)

    def exit_path(self):
        return os.path.join(self.exit_dir, self.id)

    def exit(self):
        wait_for(lambda: os.path.exists(self.exit_path()), "the exit file")
        return keys(self.exit_path())

    def segments(self):
        folder = os.path.join(self.dir, "log")
        return [os.path.join(folder, n) for n in sorted(os.listdir(folder))] if os.path.isdir(folder) else []

    def log(self):
        return b"".join(read(path) for path in self.segments())

    def records(self):
        return lines_of(self.log())

    def text(self, stream="stdout"):
        """What the program wrote: fragments joined, lines ended."""
        return b"".join(text + (b"\n" if tag == "F" else b"")
                        for name, tag, text in self.records() if name == stream)

    def wait_for_text(self, text):
        wait_for(lambda: text in self.log(), f"{text!r} in the log")
        return self

    def record(self):
        """(pid, start) of shim and child, the last ones written."""
        path = os.path.join(self.dir, "record")
        if not os.path.exists(path):
            return {}
        return {key: tuple(int(x) for x in value.split()) for key, value in keys(path).items()
                if key in ("shim", "child")}

    def shim_pid(self):
        return self.record()["shim"][0]

    def child_pid(self):
        return wait_for(lambda: self.record().get("child"), "the child's record")[0]

    def control(self, number, payload=0):
        assert libc.sigqueue(self.shim_pid(), number, payload) == 0, os.strerror(ctypes.get_errno())

    def stop(self, number=signal.SIGTERM, grace_ms=5000):
        self.control(STOP, stop_payload(number, grace_ms))


class Template:
    """consort-shim --serve, and this side of its socket."""

    HEADER, REPLY = "<IIQ", "<QiiQQiI"

    def __init__(self, lock=None):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE)
        high = os.dup(other.fileno())
        high_lock = os.dup(lock) if lock is not None else None

        def descriptors():
            os.dup2(high, 200)
            if high_lock is not None:
                os.dup2(high_lock, 201)
                os.dup2(201, 4)
            os.dup2(200, 3)

        keep = [3, high] + ([4, high_lock] if lock is not None else [])
        self.process = subprocess.Popen([SHIM, "--serve"], stdin=subprocess.DEVNULL, preexec_fn=descriptors,
                                        pass_fds=keep, close_fds=True)
        other.close()
        os.close(high)
        if high_lock is not None:
            os.close(high_lock)

    def send(self, instance, op, action=0, fds=()):
        data = struct.pack(self.HEADER, 1, action, op) + instance.dir.encode()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([data], rights)

    def reply(self):
        values = struct.unpack(self.REPLY, self.socket.recv(100))
        return dict(zip(("op", "shim_pid", "child_pid", "shim_start", "child_start", "error", "stage"), values))

    def close(self):
        self.socket.close()
        return self.process.wait(DEADLINE)


class ShimTest(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="shim-test-")
        self.instances = []

    def tearDown(self):
        for instance in self.instances:
            if instance.process is not None and instance.process.poll() is None:
                instance.process.kill()
                instance.process.wait()
        ids = {instance.id for instance in self.instances}
        for pid, name in marks():
            if name in ids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.base, ignore_errors=True)

    def instance(self, argv, **keys_):
        instance = Instance(self.base, argv, **keys_)
        self.instances.append(instance)
        return instance

    def shell(self, script, *words, **keys_):
        return self.instance(["sh", "-c", script, "sh", *words], **keys_)


# A test that hangs says where before CTest ends it.
faulthandler.dump_traceback_later(100, exit=True)

main = unittest.main
