"""A runtime asks the person, through the command that waits."""
import subprocess

from harness import CONSORT, ProjectTest, main
from terminal import Terminal


class Prompts(ProjectTest):
    """The runtime `asking` of the tests asks before it starts."""

    def setUp(self):
        super().setUp()
        self.use_test_plugins()
        self.ask("secret")

    def ask(self, how):
        self.file({"web": {"runtime": "asking", "command": [how]}})

    def test_a_secret_is_asked_at_the_terminal_and_not_shown(self):
        up = Terminal(self, "up", "-d")
        up.expect("Passphrase .*: ")
        up.send("open sesame\n")
        self.assertEqual(up.end(), 0, up.text)
        self.assertIn("Started", up.text)
        self.assertNotIn("sesame", up.text)
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_a_wrong_secret_is_the_runtimes_to_judge(self):
        up = Terminal(self, "up", "-d")
        up.expect("Passphrase .*: ")
        up.send("wrong\n")
        self.assertEqual(up.end(), 1, up.text)
        self.assertIn("the answer is wrong", up.text)

    def test_a_confirmation_takes_yes_or_no(self):
        self.ask("confirm")
        up = Terminal(self, "up", "-d")
        up.expect(r"\[y/n\] ")
        up.send("perhaps\n")
        up.expect(r"(?s)\[y/n\] .*\[y/n\] ")
        up.send("y\n")
        self.assertEqual(up.end(), 0, up.text)

    def test_an_interrupted_question_is_refused(self):
        up = Terminal(self, "up", "-d")
        up.expect("Passphrase .*: ")
        up.send("\x03")
        self.assertNotEqual(up.end(), 0, up.text)
        self.wait_for("the refusal", lambda: "refused" in self.replica("web-1")["Status"])

    def test_without_a_terminal_nobody_answers(self):
        done = subprocess.run([CONSORT, "up", "-d"], cwd=self.work, env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("nobody answers", done.stderr)

    def test_when_the_command_goes_nobody_answers(self):
        up = Terminal(self, "up", "-d")
        up.expect("Passphrase .*: ")
        up.process.kill()
        up.end()
        self.wait_for("the answer", lambda: "nobody answers" in self.replica("web-1")["Status"])

    def test_an_attached_up_asks_too(self):
        up = Terminal(self, "up")
        up.expect("Passphrase .*: ")
        up.send("open sesame\n")
        self.wait_state("web-1", "running")
        up.send("\x03")
        up.end()

    def test_commands_bring_the_agent_of_their_terminal(self):
        self.ask("agent")
        self.env["SSH_AUTH_SOCK"] = "/run/first"
        self.consort("up", "-d", check=False)
        self.assertIn("/run/first", self.replica("web-1")["Status"])
        self.env["SSH_AUTH_SOCK"] = "/run/second"
        self.consort("start", check=False)
        self.wait_for("the new agent", lambda: "/run/second" in self.replica("web-1")["Status"])


if __name__ == "__main__":
    main()
