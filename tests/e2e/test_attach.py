"""`consort attach`: a service's own input and output."""
import select
import signal
import subprocess

from harness import DEADLINE, ProjectTest, main
from terminal import Terminal

TICKING = "while ! test -e go; do echo tick; sleep 0.05; done; "
ASKING = "echo early; while read x; do echo got $$x; case $$x in end) echo bye >&2; exit 3;; esac; done"


class Attach(ProjectTest):
    def logged(self, text):
        self.wait_for(f"{text} in the log", lambda: text in self.consort("logs", "--no-log-prefix").out)

    def test_output_from_now_on_and_the_exit_code(self):
        self.file({"web": {"command": ["sh", "-c", f"echo early; {TICKING} echo late; echo err >&2; exit 7"], "working_dir": self.work}})
        self.up()
        self.logged("early")
        attach = self.spawn("attach", "web", text=True)
        self.assertEqual(attach.stdout.readline(), "tick\n")
        self.write("go", "")
        out, err = attach.communicate(timeout=DEADLINE)
        self.assertEqual((attach.returncode, out.splitlines()[-1], err), (7, "late", "err\n"))
        self.assertNotIn("early", out)

    def test_input_reaches_the_service_and_its_end_does_not(self):
        self.file({"web": {"command": ["sh", "-c", ASKING], "stdin_open": True}})
        self.up()
        self.logged("early")
        attach = self.spawn("attach", "web", stdin=subprocess.PIPE, text=True)
        other = self.spawn("attach", "--no-stdin", "web", text=True)
        words = 0
        while not select.select([other.stdout], [], [], 0.1)[0]:  # until both are attached
            attach.stdin.write("word\n")
            attach.stdin.flush()
            words += 1
        self.assertEqual(attach.stdout.readline(), "got word\n")
        attach.stdin.close()
        self.wait_for("every word", lambda: self.consort("logs", "web").out.count("got word") == words)
        done = self.consort("attach", "web", stdin="more\nend\n", check=False)
        self.assertEqual((done.code, done.out, done.err), (3, "got more\ngot end\n", "bye\n"))
        for one in (attach, other):
            self.assertTrue(one.stdout.read().endswith("got more\ngot end\n"))
        self.assertEqual(attach.wait(DEADLINE), 3)
        self.assertEqual(other.wait(DEADLINE), 3)

    def test_it_ends_with_the_instance_that_it_was_attached_to(self):
        self.file({"web": {"command": ["sh", "-c", "read x; exit 6"], "stdin_open": True, "restart": "always"}})
        self.up()
        self.assertEqual(self.consort("attach", "web", stdin="go\n", check=False).code, 6)
        self.wait_for("its restart", lambda: self.replica("web-1")["Restarts"] == 1)

    def test_index_chooses_a_replica(self):
        self.file({"web": {"command": ["sh", "-c", "read x; echo $$CONSORT_REPLICA; exit 4"], "stdin_open": True, "replicas": 2}})
        self.up()
        done = self.consort("attach", "--index", "2", "web", stdin="go\n", check=False)
        self.assertEqual((done.code, done.out), (4, "2\n"))
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_signals_are_passed_on_unless_told_otherwise(self):
        script = f"trap 'echo interrupted; exit 4' INT; {TICKING}"
        self.file({"web": {"command": ["sh", "-c", script], "working_dir": self.work}})
        self.up()
        left = self.spawn("attach", "--sig-proxy=false", "web", text=True)
        self.assertEqual(left.stdout.readline(), "tick\n")
        left.send_signal(signal.SIGINT)
        self.assertEqual(left.wait(DEADLINE), 130)
        attach = self.spawn("attach", "web", text=True)
        self.assertEqual(attach.stdout.readline(), "tick\n")
        attach.send_signal(signal.SIGINT)
        out, _ = attach.communicate(timeout=DEADLINE)
        self.assertEqual((attach.returncode, out.splitlines()[-1]), (4, "interrupted"))

    def test_a_terminal_has_a_prompt_a_size_and_keys_that_detach(self):
        self.file({"web": {"command": ["sh"], "tty": True, "environment": {"PS1": "your turn: "}}})
        self.up()
        terminal = Terminal(self, "attach", "web", rows=33, columns=101)
        terminal.send("\n")
        terminal.expect("your turn: ")
        terminal.send("while [ \"$(stty size)\" != '33 101' ]; do sleep 0.05; done; echo si''zed\n")
        terminal.expect("sized")
        terminal.resize(40, 120)
        terminal.send("while [ \"$(stty size)\" != '40 120' ]; do sleep 0.05; done; echo re''sized\n")
        terminal.expect("resized")
        terminal.send("sed -u s/o/0/\n")
        terminal.send("word\n")
        terminal.expect("w0rd")  # it runs, so that Ctrl-C is for it
        terminal.send("\x03")
        terminal.expect(r"\^C\s+your turn: ")
        terminal.send("echo co''de $?\n")
        terminal.expect("code ")
        terminal.send("\x10\x11")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("detached: the service goes on", terminal.text)
        again = Terminal(self, "attach", "--detach-keys", "ctrl-a,d", "web")
        again.send("echo \x10\x11back\n")
        again.expect("back")
        again.send("\x01d")
        self.assertEqual(again.end(), 0)
        last = Terminal(self, "attach", "web")
        last.send("exit 5\n")
        self.assertEqual(last.end(), 5)

    def test_what_cannot_be_attached_to(self):
        self.file({"web": {"command": ["true"]}})
        self.up()
        self.wait_state("web-1", "exited")
        done = self.consort("attach", "web", check=False)
        as_exec = self.consort("exec", "-T", "web", "true", check=False)
        self.assertEqual((done.code, done.err), (as_exec.code, as_exec.err))
        self.assertEqual(self.consort("attach", "nope", check=False).code, 4)
        bad = self.consort("attach", "--detach-keys", "ctrl-1", "web", check=False)
        self.assertEqual(bad.code, 2, bad)
        self.assertIn('--detach-keys: "ctrl-1" is no key', bad.err)


if __name__ == "__main__":
    main()
