"""Where the shim cannot run, a shell script does what it can: here programs cannot be executed from the home folder."""
import os
import signal

from hosts import Hosts, RemoteTest, main, run

HOSTS = Hosts("alpha")
ALPHA = HOSTS.alpha
run("mount", "-t", "tmpfs", "-o", "noexec,mode=700", "none", ALPHA.home)
ALPHA.stop()
ALPHA.start()  # in a mount namespace that has it


def words_of(pid):
    try:
        return open(f"/proc/{pid}/cmdline", "rb").read()
    except OSError:
        return b""


class Launcher(RemoteTest):
    hosts = HOSTS

    def sh(self, script, **more):
        return {"host": "alpha", "command": ["sh", "-c", script], **more}

    def test_output_exit_code_and_what_is_passed_on(self):
        words = ["a b", "$HOME", "'", '"', "\\", "*", "", "line\nline", "-n", "ü"]
        self.file({"job": {"host": "alpha", "working_dir": "/usr", "environment": {"VALUE": "x\n' \" \\"},
                           "command": ["sh", "-c", 'for w; do printf "[%s]" "$$w"; done; echo "$$VALUE"; pwd; umask; echo bad >&2; exit 7',
                                       "sh", *[w.replace("$", "$$") for w in words]]}})
        self.consort("up", "-d", check=False)
        self.wait_state("job-1", "exited")
        self.assertEqual(self.replica("job-1")["ExitCode"], 7)
        lines = self.logs("job")
        lines.remove("bad")
        self.assertEqual("\n".join(lines), "".join(f"[{w}]" for w in words) + "x\n' \" \\\n/usr\n0022")
        self.consort("down")
        self.assertEqual([n for n in ALPHA.files() if not n.startswith(".cache/consort/launcher-")], [])

    def test_a_path_and_a_variable_with_an_equals_sign(self):
        program = os.path.join(ALPHA.home, "a=b", "tool")
        os.makedirs(os.path.dirname(program))
        os.symlink("/usr/bin/printenv", program)
        self.file({"job": {"host": "alpha", "environment": {"program": "x=y"}, "command": [program, "program"]}})
        self.consort("up", "-d", check=False)
        self.wait_state("job-1", "exited")
        self.assertEqual(self.logs("job"), ["x=y"])

    def test_an_exit_code_is_no_signal(self):
        ends = {"code": ("exit 143", 143, "exited (143)"), "odd": ("exit 147", 147, "exited (147)"),
                "signal": ("kill -TERM $$$$", 143, "SIGTERM")}
        self.file({name: self.sh(script) for name, (script, _, _) in ends.items()})
        self.consort("up", "-d", check=False)
        for name, (_, code, told) in ends.items():
            self.wait_state(f"{name}-1", "exited")
            self.assertEqual(self.replica(f"{name}-1")["ExitCode"], code)
            self.assertIn(told, self.events(name))

    def test_stop_ends_what_descends_from_it(self):
        self.file({"web": self.sh("trap '' TERM; (trap '' TERM; sleep 1000)& echo up; wait", stop_grace_period="1s")})
        self.up()
        self.wait_for("it to be up", lambda: self.logs("web") == ["up"])
        self.consort("stop")
        self.consort("down")
        self.assertEqual(self.survivors(), [])

    def test_stop_ends_what_lost_the_shell_that_watched_it(self):
        self.file({"web": self.sh("exec sleep 1234")})
        self.up()
        shells = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if b"\0--run\0" in words_of(pid)]
        self.assertTrue(shells)
        for pid in shells:
            os.kill(pid, signal.SIGKILL)
        self.consort("down")
        self.assertEqual(self.survivors(), [])

    def test_others_do_not_see_its_environment(self):
        self.file({"web": self.sh("exec sleep 1000", environment={"PASSWORD": "topsecret"})})
        self.up()
        self.assertEqual([pid for pid in filter(str.isdigit, os.listdir("/proc")) if b"topsecret" in words_of(pid)], [])

    def test_exec_and_probes(self):
        self.file({"web": self.sh("exec sleep 1000", environment={"COLOUR": "green"},
                                  healthcheck={"test": ["CMD-SHELL", "test $$COLOUR = green"], "interval": "200ms"})})
        self.up()
        done = self.consort("exec", "-T", "web", "sh", "-c", "cat; echo $COLOUR; exit 9", check=False, stdin="input\n")
        self.assertEqual((done.code, done.out), (9, "input\ngreen\n"))
        missing = self.consort("exec", "-T", "web", "nothing-here", check=False, stdin="")
        self.assertEqual((missing.code, missing.out), (127, ""), missing)
        self.assertIn("cannot run nothing-here", missing.err)
        self.wait_for("its health", lambda: self.replica("web-1")["Health"] == "healthy")

    def test_a_broken_connection_loses_nothing(self):
        self.file({"counter": self.sh("trap 'exit 0' TERM; i=0; while :; do i=$$((i+1)); echo $$i; sleep 0.1; done")})
        self.up()
        for _ in range(2):
            before = len(self.logs("counter"))
            self.wait_for("lines", lambda: len(self.logs("counter")) > before + 5)
            ALPHA.kill_sessions()
        self.wait_state("counter-1", "running")
        before = len(self.logs("counter"))
        self.wait_for("lines", lambda: len(self.logs("counter")) > before + 5)
        self.consort("stop")
        self.check_numbered("counter")

    def test_what_it_cannot_do_is_said(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        self.wait_for("a word about it", lambda: "the shim does not run there" in self.events("web"))
        self.file({"web": self.sh("exec sleep 1000", tty=True)})
        failed = self.consort("up", "-d", check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertIn("terminal", failed.err)


try:
    main()
finally:
    ALPHA.stop()
    run("umount", ALPHA.home, check=False)
