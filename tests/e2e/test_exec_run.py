import os
import socket

from harness import ProjectTest, alive, main
from terminal import Terminal

SLEEP = ["sleep", "1000"]


class ExecRun(ProjectTest):
    def test_exec_passes_arguments_output_and_exit_code(self):
        self.file({"web": {"command": SLEEP, "environment": {"A": "from the file"}, "working_dir": "/"}})
        self.up()
        result = self.consort("exec", "-T", "-e", "B=a b", "web", "sh", "-c", 'echo "$A|$B|$PWD"; echo err >&2; exit 43', check=False)
        self.assertEqual((result.code, result.out, result.err), (43, "from the file|a b|/\n", "err\n"))

    def test_exec_feeds_stdin_to_its_end(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        text = "".join(f"line {i}\n" for i in range(20000))
        self.assertEqual(self.consort("exec", "-T", "web", "cat", stdin=text).out, text)
        self.assertEqual(self.consort("exec", "-T", "web", "wc", "-l", stdin=text).out.strip(), "20000")

    def test_exec_with_a_terminal(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        terminal = Terminal(self, "exec", "web", "sh", rows=33, columns=101)
        terminal.send("stty size; echo do''ne\n")
        terminal.expect("done")
        self.assertIn("33 101", terminal.text)
        terminal.resize(40, 120)
        terminal.send("while [ \"$(stty size)\" != '40 120' ]; do sleep 0.05; done; echo re''sized\n")
        terminal.expect("resized")
        terminal.send("exit 5\n")
        self.assertEqual(terminal.end(), 5)

    def test_exec_in_a_service_that_does_not_run(self):
        self.file({"web": {"command": ["true"]}})
        self.up("--wait")
        result = self.consort("exec", "-T", "web", "true", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertIn("web", result.err)

    def test_exec_of_what_cannot_be_run_ends_as_in_a_shell(self):
        self.file({"web": {"command": SLEEP, "environment": {"PATH": os.environ["PATH"]}}})
        self.up()
        result = self.consort("exec", "-T", "web", "no-such-program", check=False)
        self.assertEqual((result.code, result.out), (127, ""), result)
        self.assertIn("cannot run no-such-program: no such program in PATH", result.err)
        plain = self.write("plain", "text")
        result = self.consort("exec", "-T", "web", plain, check=False)
        self.assertEqual((result.code, result.err), (126, f"cannot run {plain}: it is not executable (chmod +x)\n"))
        terminal = Terminal(self, "exec", "web", "no-such-program")
        self.assertEqual(terminal.end(), 127)
        self.assertIn("cannot run no-such-program", terminal.text)

    def test_run_is_a_one_off_with_dependencies(self):
        self.file({"db": {"command": SLEEP},
                   "tool": {"command": ["sh", "-c", "echo default"], "depends_on": ["db"], "environment": {"A": "1"}}})
        result = self.consort("run", "--rm", "-T", "-e", "B=2", "tool", "sh", "-c", "cat; echo $A $B; exit 9", stdin="input\n", check=False)
        self.assertEqual((result.code, result.out), (9, "input\n1 2\n"), result)
        self.assertEqual(self.replica("db-1")["State"], "running")
        self.assertEqual(sorted(self.ps()), ["db-1"])

    def test_run_sets_what_the_file_would(self):
        self.file({"tool": {"entrypoint": ["echo", "own"], "command": ["default"], "environment": {"A": "1", "B": "2"}}})
        run = lambda *args, **kw: self.consort("run", "--rm", "-T", *args, **kw)
        self.assertEqual(run("tool").out, "own default\n")
        self.assertEqual(run("tool", "other").out, "own other\n")
        self.assertEqual(run("--entrypoint", "echo 'a b'", "tool").out, "a b\n")
        self.assertEqual(run("--entrypoint", "echo $A", "tool", "c").out, "$A c\n")
        self.write("vars", "A=file\nB='of file'\nC=${A}!\n")
        self.assertEqual(run("--env-from-file", "vars", "-e", "A=line", "--entrypoint", "sh -c", "tool", "echo $A $B $C").out,
                         "line of file file!\n")

    def test_run_refuses_what_is_wrong_and_warns_of_what_only_a_container_has(self):
        self.file({"tool": {"command": ["echo", "ran"]}})
        result = self.consort("run", "--rm", "-T", "--cap-add", "NET_ADMIN", "tool", check=False)
        self.assertEqual((result.code, result.out), (0, "ran\n"), result)
        self.assertRegex(result.err, r"warning: command line:1:\d+: .*cap_add")
        result = self.consort("--strict", "run", "--rm", "-T", "--cap-add", "NET_ADMIN", "tool", check=False)
        self.assertEqual((result.code, result.out), (3, ""), result)
        self.assertRegex(result.err, r"command line:1:\d+: .*cap_add")
        for options, said in ((("-p", "80:x"), r"command line:1:\d+: .*80:x"),
                              (("--entrypoint", "'open"), r"command line:1:\d+: .*entrypoint"),
                              (("--env-from-file", "none"), "cannot read none: "),
                              (("--pull", "sometimes"), "--pull")):
            result = self.consort("run", *options, "tool", check=False)
            self.assertNotEqual(result.code, 0, options)
            self.assertRegex(result.err, said)
        self.assertIn("did you mean tool?", self.consort("run", "--cap-add", "X", "tol", check=False).err)
        self.assertEqual(self.consort("ls", "-q").out, "")

    def test_run_publishes_when_asked(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.file({"web": {"command": ["echo", "ran"], "ports": [f"127.0.0.1:{port}:{port}"]}})
            self.assertEqual(self.consort("run", "--rm", "-T", "web").out, "ran\n")
            for options in (("-P",), ("-p", f"127.0.0.1:{port}:{port}")):
                result = self.consort("run", *options, "web", check=False)
                self.assertEqual(result.code, 3, result)
                self.assertIn(str(port), result.err)

    def test_exec_gives_no_privileges(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        result = self.consort("exec", "-T", "--privileged", "web", "true", check=False)
        self.assertEqual(result.code, 8, result)
        self.assertIn("runtime process has no --privileged", result.err)

    def test_run_with_a_terminal(self):
        self.file({"tool": {"command": ["true"], "profiles": ["tools"]}})
        terminal = Terminal(self, "run", "--rm", "tool", "sh")
        terminal.send("tty; echo pro''mpt\n")
        terminal.expect("prompt")
        self.assertIn("/dev/pts/", terminal.text)
        terminal.send("exit 3\n")
        self.assertEqual(terminal.end(), 3)

    def test_service_settings_reach_the_process(self):
        self.file({"web": {"command": ["sh", "-c", "umask; ulimit -n; pwd; echo \"$$X\"; exec sleep 1000"], "umask": "027",
                           "ulimits": {"nofile": {"soft": 111, "hard": 222}}, "working_dir": "/tmp",
                           "environment": ["X=multi word 'quoted'"]}})
        self.up()
        self.wait_for("four lines", lambda: len(self.consort("logs", "--no-log-prefix").out.splitlines()) == 4)
        self.assertEqual(self.consort("logs", "--no-log-prefix").out, "0027\n111\n/tmp\nmulti word 'quoted'\n")

    def test_user(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become another user")
        os.chmod(self.dir, 0o755)
        os.chmod(self.work, 0o755)
        self.file({"web": {"command": ["sh", "-c", "id -u; id -g; echo $$HOME; echo again > /dev/stdout; exec sleep 1000"], "user": "nobody"}})
        self.up()
        self.wait_for("four lines", lambda: len(self.consort("logs", "--no-log-prefix").out.splitlines()) == 4)
        self.assertEqual(self.consort("logs", "--no-log-prefix").out, "65534\n65534\n/nonexistent\nagain\n")

    def test_stats_port_events_runtimes_doctor_version(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        self.assertIn("web-1", self.consort("stats", "--no-stream").out)
        self.assertIn('"start"', self.consort("events", "--json", "--since", "1h", "--until", "0s").out)
        self.assertIn("process", self.consort("runtimes").out)
        self.assertIn("process", self.consort("doctor", check=False).out)
        self.assertRegex(self.consort("version", "--short").out, r"^\d+\.\d+\.\d+")


if __name__ == "__main__":
    main()
