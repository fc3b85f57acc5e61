"""Other hosts for one test program: network namespaces, each with a sshd of its own (own host key, port,
authorised keys and home folder), joined to this one by a veth pair whose link can be cut. Where there can be
none the program ends with 77 and says why: CTest shows a skip."""
import atexit
import datetime
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
from harness import DEADLINE, ProjectTest, alive  # noqa: E402

SKIPPED = 77
PORT = 2022
SSHD = "/usr/sbin/sshd"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIPPED)


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": PATH}, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}{done.stdout}")
    return done


def require():
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program, package in ((SSHD, "openssh-server"), ("ssh-keygen", "openssh-client"), ("ip", "iproute2"), ("iptables", "iptables")):
        if shutil.which(program, path=PATH) is None:
            skip(f"there is no {program} (package {package})")
    probe = f"consort{os.getpid()}"
    if run("ip", "netns", "add", probe, check=False).returncode != 0:
        skip("there can be no network namespaces here")
    veth = run("ip", "link", "add", probe[:14], "type", "veth", "peer", "name", "eth0", "netns", probe, check=False)
    run("ip", "netns", "del", probe, check=False)
    if veth.returncode != 0:
        skip("there can be no veth pairs here: " + veth.stderr)


def children(pid):
    """All processes below pid."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents.setdefault(int(open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()[1]), []).append(int(entry))
        except OSError:
            continue
    found, open_ = [], [pid]
    while open_:
        below = parents.get(open_.pop(), [])
        found += below
        open_ += below
    return found


class RemoteHost:
    """One namespace with its sshd. `number` makes its addresses: 10.N.number.1 is this end, .2 the host."""

    def __init__(self, name, number, base):
        self.name = name
        self.dir = os.path.join(base, name)
        self.home = os.path.join(self.dir, "home")
        os.makedirs(self.home, mode=0o700)
        self.space = f"consort{os.getpid()}-{number}"
        self.link = f"cs{os.getpid()}-{number}"[:15]
        net = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 60 * 4 + number}"
        self.address, self.here = f"{net}.2", f"{net}.1"
        self.process = None
        self.options = {}
        self.missing = None  # a program that the host is without, from its next start on
        run("ip", "netns", "add", self.space)
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        run("ip", "addr", "add", f"{self.here}/30", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        self.ip("addr", "add", f"{self.address}/30", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        self.ip("link", "set", "lo", "up")
        self.make_key("host_key")

    def ip(self, *words):
        run("ip", "-n", self.space, *words)

    def make_key(self, name, kind="ed25519"):
        path = os.path.join(self.dir, name)
        for old in (path, path + ".pub"):
            if os.path.exists(old):
                os.unlink(old)
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path, "-C", name)
        return path

    def known_hosts_line(self):
        kind, key = open(os.path.join(self.dir, "host_key.pub")).read().split()[:2]
        return f"[{self.address}]:{PORT} {kind} {key}\n"

    def start(self, **options):
        self.options = options or self.options
        settings = {
            "Port": PORT, "ListenAddress": self.address, "HostKey": os.path.join(self.dir, "host_key"),
            "AuthorizedKeysFile": os.path.join(self.dir, "authorized_keys"), "PidFile": "none", "UsePAM": "no",
            "StrictModes": "no", "PermitRootLogin": "yes", "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no", "PrintMotd": "no", "Subsystem": "sftp /bin/false",
            "SetEnv": f'"HOME={self.home}"', **self.options}
        config = os.path.join(self.dir, "sshd_config")
        with open(config, "w") as file:
            file.writelines(f"{key} {value}\n" for key, value in settings.items())
        # The folder that sshd wants for itself, in a mount namespace that `ip netns exec` makes anyway.
        script = f"mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec {SSHD} -D -e -f {config}"
        if self.missing is not None:
            script = f"mount --bind /dev/null {os.path.realpath(self.missing)} && {script}"
        log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen(["ip", "netns", "exec", self.space, "sh", "-c", script], stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=log, env={"PATH": PATH}, start_new_session=True)
        log.close()
        end = time.monotonic() + DEADLINE
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("sshd does not come up: " + open(log.name, errors="replace").read()[-2000:])
            time.sleep(0.02)
        self.wait_reachable()

    def wait_reachable(self):
        """A link that is up is not yet one that carries: the neighbours look for each other first."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                return socket.create_connection((self.address, PORT), timeout=1).close()
            except OSError as error:
                if time.monotonic() > end:
                    raise RuntimeError(f"{self.name} cannot be reached: {error}") from error
                time.sleep(0.02)

    def listens(self):
        out = run("ip", "netns", "exec", self.space, "ss", "-Hltn", f"sport = :{PORT}", check=False).stdout
        return self.address in out

    def sessions(self):
        """The processes of sshd's connections."""
        return children(self.process.pid)

    def kill_sessions(self):
        """The connections break; what was started detached goes on."""
        for pid in self.sessions():
            try:
                if b"sshd:" in open(f"/proc/{pid}/cmdline", "rb").read():
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def stop(self):
        """sshd with all of its connections; what was started detached goes on."""
        if self.process is None:
            return
        pids = [self.process.pid] + [pid for pid in self.sessions() if self.is_sshd(pid)]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None

    def restart(self, **options):
        """Another sshd, with these options."""
        self.stop()
        self.options = options
        self.start()

    def said(self, text):
        """How often its sshd has said it."""
        return open(os.path.join(self.dir, "log"), errors="replace").read().count(text)

    @staticmethod
    def is_sshd(pid):
        try:
            return open(f"/proc/{pid}/comm").read().strip() == "sshd"
        except OSError:
            return False

    # -- the network -----------------------------------------------------------------------------
    def cut(self):
        """The cable is out: nothing arrives, nobody is told."""
        self.ip("link", "set", "eth0", "down")

    def join(self):
        self.ip("link", "set", "eth0", "up")
        if self.process is not None:
            self.wait_reachable()

    def drop(self, on=True):
        """A firewall over there that swallows packets."""
        run("ip", "netns", "exec", self.space, "iptables", "-w", "-A" if on else "-D", "INPUT", "-j", "DROP")

    def reset(self):
        """RST to both ends of each connection."""
        run("ip", "netns", "exec", self.space, "ss", "-K", "sport", "=", f":{PORT}", check=False)
        run("ss", "-K", "dst", self.address, check=False)

    def gone(self):
        self.stop()
        run("ip", "link", "del", self.link, check=False)
        run("ip", "netns", "del", self.space, check=False)

    # -- the host's files ------------------------------------------------------------------------
    def files(self):
        """What is in its home, relative to it."""
        found = []
        for folder, _, names in os.walk(self.home):
            found += [os.path.relpath(os.path.join(folder, name), self.home) for name in names]
        return sorted(found)


class Hosts:
    """The hosts of a test program, made once."""

    def __init__(self, *names):
        require()
        self.dir = tempfile.mkdtemp(prefix="consort-hosts-")
        self.all = {}
        atexit.register(self.remove)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(self.dir, "id"), "-C", "tests")
        for number, name in enumerate(names):
            host = self.all[name] = RemoteHost(name, number, self.dir)
            shutil.copy(os.path.join(self.dir, "id.pub"), os.path.join(host.dir, "authorized_keys"))
            host.start()

    def __getattr__(self, name):
        try:
            return self.__dict__["all"][name]
        except KeyError:
            raise AttributeError(name) from None

    def remove(self):
        for host in self.all.values():
            host.gone()
        shutil.rmtree(self.dir, ignore_errors=True)


class RemoteTest(ProjectTest):
    """A project whose person knows the hosts. Subclasses set `hosts`."""
    hosts = None

    def setUp(self):
        super().setUp()
        self.home = os.path.join(self.dir, "person")
        os.makedirs(os.path.join(self.home, ".ssh"), mode=0o700)
        self.env["HOME"] = self.home
        self.env.pop("SSH_AUTH_SOCK", None)
        self.identity = os.path.join(self.home, ".ssh", "id_ed25519")
        for suffix in ("", ".pub"):
            shutil.copy(os.path.join(self.hosts.dir, "id" + suffix), self.identity + suffix)
        os.chmod(self.identity, 0o600)
        self.write_known_hosts()
        self.write_config()

    def tearDown(self):
        for host in self.hosts.all.values():
            host.join()
            if host.process is None:
                host.start()
        super().tearDown()
        for host in self.hosts.all.values():
            for name in os.listdir(host.home):
                path = os.path.join(host.home, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)

    def write_known_hosts(self):
        with open(os.path.join(self.home, ".ssh", "known_hosts"), "w") as file:
            file.writelines(host.known_hosts_line() for host in self.hosts.all.values())

    def write_config(self, more=""):
        with open(os.path.join(self.home, ".ssh", "config"), "w") as file:
            file.write(more)
            for host in self.hosts.all.values():
                file.write(f"Host {host.name}\n  HostName {host.address}\n  Port {PORT}\n  User root\n")
            file.write("Host *\n  ServerAliveInterval 1\n  ServerAliveCountMax 3\n  ConnectTimeout 3\n")

    def logs(self, *services):
        return self.consort("logs", "--no-log-prefix", *services).out.splitlines()

    def events(self, service):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return self.consort("events", "--json", "--since", "10m", "--until", now, service).out

    def check_numbered(self, service):
        """Lines that are numbers: each once, in order."""
        numbers = [int(line) for line in self.logs(service) if line.isdigit()]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "gap or duplicate")
        return len(numbers)


def shim_files(host):
    return [name for name in host.files() if name.startswith(".cache/consort/shim-")]


main = harness.main
__all__ = ["DEADLINE", "PORT", "Hosts", "RemoteTest", "alive", "main", "run", "shim_files", "skip"]
