"""Who the host is and who we are: enrolment, the agent, passphrases, jumps."""
import os
import re
import socket
import subprocess

import hosts as h
from hosts import PORT, Hosts, RemoteTest, main, run
from terminal import Terminal

HOSTS = Hosts("alpha", "beta")
ALPHA, BETA = HOSTS.alpha, HOSTS.beta


class Login(RemoteTest):
    hosts = HOSTS

    def setUp(self):
        super().setUp()
        self.file({"web": {"host": "alpha", "command": "sleep 1000"}})

    def agent(self):
        """An agent of this test's own, with the key; its socket."""
        out = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True, env=self.env).stdout
        socket, pid = re.search(r"SSH_AUTH_SOCK=([^;]+)", out)[1], re.search(r"SSH_AGENT_PID=(\d+)", out)[1]
        self.addCleanup(os.kill, int(pid), 15)
        run_env = {**self.env, "SSH_AUTH_SOCK": socket}
        subprocess.run(["ssh-add", "-q", self.identity], check=True, env=run_env, stdin=subprocess.DEVNULL, capture_output=True)
        return socket

    def encrypt(self):
        run("ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", self.identity)

    def test_a_host_is_enrolled_by_its_fingerprint(self):
        known = os.path.join(self.home, ".ssh", "known_hosts")
        os.unlink(known)
        self.assertNotEqual(self.consort("up", "-d", check=False).code, 0)
        fingerprint = run("ssh-keygen", "-lf", os.path.join(ALPHA.dir, "host_key.pub")).stdout.split()[1]
        wrong = self.consort("ssh", "trust", "alpha", "--fingerprint", "SHA256:" + "A" * 43, check=False)
        self.assertNotEqual(wrong.code, 0)
        self.assertFalse(os.path.exists(known))
        self.assertIn(fingerprint, self.consort("ssh", "trust", "alpha", "--fingerprint", fingerprint).out)
        found = run("ssh-keygen", "-F", f"[{ALPHA.address}]:{PORT}", "-f", known).stdout  # hashed where Debian says so
        self.assertEqual(found.splitlines()[-1].split()[1:3], ALPHA.known_hosts_line().split()[1:3])
        self.up()
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_the_agents_keys_are_used(self):
        socket = self.agent()
        for suffix in ("", ".pub"):
            os.unlink(self.identity + suffix)
        self.assertNotEqual(self.consort("up", "-d", check=False).code, 0)
        self.env["SSH_AUTH_SOCK"] = socket  # the command brings the agent of its own terminal
        self.up()
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_a_passphrase_is_asked_by_the_command_that_waits(self):
        self.encrypt()
        up = Terminal(self, "up", "-d")
        up.expect("Passphrase of .*id_ed25519: ")
        up.send("open sesame\n")
        self.assertEqual(up.end(), 0, up.text)
        self.assertNotIn("sesame", up.text)
        self.assertEqual(self.replica("web-1")["State"], "running")
        # A reconnect that nobody can answer is no failure of the service.
        ALPHA.kill_sessions()
        row = self.wait_for("it to need them", lambda: (lambda r: r if "needs credentials" in r["Reason"] else None)(self.replica("web-1")))
        self.assertEqual(row["State"], "unknown")
        stop = Terminal(self, "stop")
        stop.expect("Passphrase of .*id_ed25519: ")
        stop.send("open sesame\n")
        self.assertEqual(stop.end(), 0, stop.text)

    def test_without_a_terminal_the_passphrase_is_missed_by_name(self):
        self.encrypt()
        failed = subprocess.run([h.harness.CONSORT, "up", "-d"], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, start_new_session=True, timeout=h.DEADLINE)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("id_ed25519, which needs credentials", failed.stderr)

    def test_an_agent_that_says_nothing(self):
        path = os.path.join(self.dir, "agent")
        with socket.socket(socket.AF_UNIX) as agent:
            agent.bind(path)
            agent.listen()
            self.env["SSH_AUTH_SOCK"] = path
            self.write_config("Host alpha\n  ConnectTimeout 1\n")
            self.up()  # by the identity file
            self.consort("down")
            for suffix in ("", ".pub"):
                os.unlink(self.identity + suffix)
            failed = self.consort("up", "-d", check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertIn(f"tried the agent at {path}, which does not answer", failed.err)

    def test_a_silent_host_behind_another_one_is_given_up(self):
        listener = "import socket; s = socket.create_server((\"127.0.0.1\", 2)); print(flush=True); kept = [s.accept() for _ in range(9)]"
        silent = subprocess.Popen(["ip", "netns", "exec", BETA.space, "python3", "-c", listener], stdout=subprocess.PIPE)
        self.addCleanup(silent.stdout.close)
        self.addCleanup(silent.wait)
        self.addCleanup(silent.kill)
        silent.stdout.readline()
        self.write_config("Host inner\n  HostName 127.0.0.1\n  Port 2\n  ProxyJump beta\n  ConnectTimeout 1\n")
        self.file({"web": {"host": "inner", "command": "sleep 1000"}, "other": {"host": "alpha", "command": "sleep 1000"}})
        failed = self.consort("up", "-d", check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertIn("inner: no answer within 1 s", failed.err)
        self.wait_for("the connection to end", lambda: not run("ss", "-Htn", "state", "established", "dst", BETA.address).stdout)

    def test_a_host_behind_another_one(self):
        # Only beta reaches the second address of alpha.
        self.write_config(f"Host inner\n  HostName {ALPHA.address}\n  Port {PORT}\n  User root\n  ProxyJump beta\n")
        run("iptables", "-w", "-I", "FORWARD", "-j", "ACCEPT")
        forwards = open("/proc/sys/net/ipv4/ip_forward").read()
        run("sysctl", "-q", "net.ipv4.ip_forward=1")
        for host in (ALPHA, BETA):
            host.ip("route", "add", "default", "via", host.here)
        try:
            self.file({"web": {"host": "inner", "command": ["sh", "-c", "echo $$SSH_CONNECTION; ip -o -4 addr show eth0; exec sleep 1000"]}})
            self.up()
            self.wait_for("its address", lambda: any(ALPHA.address in line for line in self.logs("web")))
            seen = run("ip", "netns", "exec", ALPHA.space, "ss", "-Htn", "state", "established", f"sport = :{PORT}").stdout
            self.assertIn(BETA.address, seen)
            self.consort("down")
        finally:
            for host in (ALPHA, BETA):
                host.ip("route", "del", "default")
            run("sysctl", "-q", f"net.ipv4.ip_forward={forwards.strip()}")
            run("iptables", "-w", "-D", "FORWARD", "-j", "ACCEPT")


if __name__ == "__main__":
    main()
