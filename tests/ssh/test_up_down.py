"""Services on another host, from `up` to `down`: as if they were here, and nothing is left."""
import os
import pty
import select
import signal
import subprocess
import time

import hosts as h
from hosts import Hosts, RemoteTest, main, shim_files

HOSTS = Hosts("alpha")
ALPHA = HOSTS.alpha


class UpDown(RemoteTest):
    hosts = HOSTS

    def sh(self, script, **more):
        return {"host": "alpha", "command": ["sh", "-c", script], **more}

    def test_a_service_runs_there_and_leaves_only_the_shim(self):
        self.file({"web": self.sh("echo up; pwd; ip -o addr show eth0; exec sleep 1000"),
                   "job": self.sh("echo done; echo bad >&2; exit 7")})
        self.consort("up", "-d", check=False)
        self.wait_state("job-1", "exited")
        self.assertEqual(self.replica("job-1")["ExitCode"], 7)
        self.assertEqual(self.replica("web-1")["State"], "running")
        self.assertEqual(sorted(self.logs("job")), ["bad", "done"])
        self.wait_for("the address", lambda: len(self.logs("web")) >= 3)
        lines = self.logs("web")
        self.assertEqual(lines[:2], ["up", ALPHA.home])
        self.assertIn(ALPHA.address, lines[2])
        self.consort("down")
        self.assertEqual(ALPHA.files(), shim_files(ALPHA))
        self.assertEqual(len(ALPHA.files()), 1)
        self.assertEqual(self.survivors(), [])

    def test_purge_cache_removes_the_shim_too_and_those_of_other_versions(self):
        self.file({"web": self.sh("sleep 1000")})
        self.up()
        self.assertEqual(len(shim_files(ALPHA)), 1)
        for name in ("shim-0", "launcher-0"):
            open(os.path.join(ALPHA.home, ".cache", "consort", name), "w").close()
        self.consort("down", "--purge-cache")
        self.assertEqual(ALPHA.files(), [])
        self.assertEqual(os.listdir(os.path.join(ALPHA.home, ".cache")), [])

    def test_what_is_passed_on_arrives_byte_for_byte(self):
        words = ["a b", "$HOME", "'", '"', "\\", "`id`", "*", "", "line\nline", "-n", "ü"]
        quoted = [word.replace("$", "$$") for word in words]
        self.file({"web": {"host": "alpha", "command": ["sh", "-c", 'for w; do printf "[%s]" "$$w"; done; printf "%s" "$$VALUE"; exec sleep 1000', "sh", *quoted],
                           "environment": {"VALUE": "x\n$$(id) ' \" \\"}, "working_dir": "/usr"}})
        self.up()
        self.wait_for("the words", lambda: self.logs("web"))
        self.consort("stop")
        self.assertEqual("\n".join(self.logs("web")), "".join(f"[{word}]" for word in words) + "x\n$(id) ' \" \\")

    def test_exec_with_input_exit_code_and_no_leftovers(self):
        self.file({"web": self.sh("exec sleep 1000", environment={"COLOUR": "green"}, working_dir="/usr")})
        self.up()
        done = self.consort("exec", "-T", "web", "sh", "-c", "cat; echo $COLOUR $PWD; echo err >&2; exit 9", check=False, stdin="input\n")
        self.assertEqual((done.code, done.out, done.err), (9, "input\ngreen /usr\n", "err\n"))
        self.assertEqual(self.consort("exec", "-T", "web", "sh", "-c", "kill -9 $$", check=False, stdin="").code, 137)
        big = os.urandom(1 << 20).hex()
        self.assertEqual(self.consort("exec", "-T", "web", "cat", stdin=big).out, big)
        missing = self.consort("exec", "-T", "web", "nothing-here", check=False, stdin="")
        self.assertEqual((missing.code, missing.out), (127, ""), missing)
        self.assertIn("cannot run nothing-here: it is not in PATH", missing.err)
        refused = self.consort("exec", "-T", "web", "/etc/passwd", check=False, stdin="")
        self.assertEqual((refused.code, refused.err), (126, "cannot run /etc/passwd: Permission denied\n"))
        folder = os.path.join(ALPHA.home, ".local/state/consort/remote")
        project = os.path.join(folder, os.listdir(folder)[0])
        self.wait_for("the execs' folders to go", lambda: [name for name in os.listdir(project) if "exec" in name] == [])

    def test_the_end_of_much_output_is_seen_without_a_word_from_the_host(self):
        self.write_config("Host alpha\n  ServerAliveInterval 1000\n")
        self.file({"web": {"host": "alpha", "command": "sleep 1000"}})
        self.up()
        for script in ("head -c 1000000 /dev/zero", "head -c 1000000 /dev/zero; head -c 100000 /dev/zero >&2"):
            self.assertEqual(len(self.consort("exec", "-T", "web", "sh", "-c", script).out), 1000000)

    def test_more_execs_than_sshd_has_sessions_wait_for_each_other(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        running = [self.spawn("exec", "-T", "web", "sh", "-c", f"sleep 0.3; echo {n}") for n in range(14)]
        for n, process in enumerate(running):
            out, err = process.communicate(timeout=h.DEADLINE)
            self.assertEqual((process.returncode, out, err), (0, f"{n}\n".encode(), b""))

    def test_a_terminal_has_the_size_that_it_is_given(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        master, slave = pty.openpty()
        subprocess.run(["stty", "rows", "33", "cols", "77"], stdin=slave, check=True)
        process = subprocess.Popen([h.harness.CONSORT, "exec", "web", "sh", "-c", "tty; stty size; while [ \"$(stty size)\" != \"44 88\" ]; do sleep 0.02; done; read x; echo end $x"],
                                   cwd=self.work, env=self.env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        self.started.append(process)
        os.close(slave)
        seen = b""

        def read_until(text):
            nonlocal seen
            end = time.monotonic() + h.DEADLINE
            while text not in seen:
                self.assertGreater(end, time.monotonic(), seen)
                if select.select([master], [], [], 0.1)[0]:
                    seen += os.read(master, 4096)
        read_until(b"33 77")
        self.assertIn(b"/dev/pts/", seen)
        subprocess.run(["stty", "rows", "44", "cols", "88"], stdin=master, check=True)
        os.kill(process.pid, signal.SIGWINCH)
        os.write(master, b"x\n")
        read_until(b"end x")
        self.assertEqual(process.wait(h.DEADLINE), 0)
        os.close(master)

    def test_signals_stats_and_the_whole_tree(self):
        self.file({"web": self.sh("trap 'echo hup' HUP; trap '' TERM; (trap '' TERM; sleep 1000)& echo up; while :; do sleep 0.05; done",
                                  stop_grace_period="300ms")})
        self.up()
        self.wait_for("it to be up", lambda: "up" in self.logs("web"))
        self.consort("kill", "-s", "HUP", "web")
        self.wait_for("the signal", lambda: "hup" in self.logs("web"))
        stats = self.consort("stats", "--no-stream", "--format", "json").out
        self.assertRegex(stats, r'"web-1"')
        self.consort("stop")
        self.assertEqual(self.survivors_of("web"), [])

    def survivors_of(self, service):
        mark = f"CONSORT_INSTANCE={self.name}/{service}".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mark in open(f"/proc/{pid}/environ", "rb").read() and h.alive(int(pid)):
                    found.append(int(pid))
            except OSError:
                continue
        return found

    def test_probes_and_conditions_are_the_same(self):
        self.file({"web": self.sh("sleep 0.3; touch $$HOME/ready; exec sleep 1000",
                                  healthcheck={"test": ["CMD-SHELL", "test -e $$HOME/ready"], "interval": "100ms", "retries": 1000}),
                   "job": self.sh("test -e $$HOME/ready && echo after", depends_on={"web": {"condition": "service_healthy"}})})
        self.up()
        self.wait_state("job-1", "exited")
        self.assertEqual(self.logs("job"), ["after"])
        self.assertEqual(self.replica("job-1")["ExitCode"], 0)

    def test_fifty_services_share_one_connection(self):
        self.file({f"s{n}": self.sh("echo up; exec sleep 1000") for n in range(50)})
        self.up()
        self.wait_for("all to have said so", lambda: len([l for l in self.logs() if l == "up"]) == 50)
        connections = h.run("ss", "-Htn", "state", "established", f"dst {ALPHA.address}").stdout.splitlines()
        self.assertEqual(len(connections), 1, connections)
        self.consort("down", "-t", "5")
        self.assertEqual(ALPHA.files(), shim_files(ALPHA))

    def test_a_burst_arrives_whole(self):
        self.file({"job": self.sh("seq 1 100000")})
        self.up()
        self.wait_state("job-1", "exited")
        self.assertEqual(self.check_numbered("job"), 100000)


if __name__ == "__main__":
    main()
