"""`up --wait` and one-shots, where Consort parts from rule 38 of Docker Compose as docs/compose.md says."""
import os
import unittest

from engine import DEADLINE, IMAGE, DockerTest, main

DOC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/compose.md")
QUOTE = "a one-shot that ended with 0 counts as ready"
WEB = {"image": IMAGE, "command": "httpd -f -p 80 -h /etc",
       "healthcheck": {"test": ["CMD", "wget", "-q", "-O-", "http://127.0.0.1/passwd"], "interval": "500ms"}}


class Wait(DockerTest):
    def test_the_document_says_so(self):
        row = next(line for line in open(DOC) if line.startswith("| `up --wait` and one-shots |"))
        self.assertIn(QUOTE, row)
        self.assertIn("rule 38", row)

    def test_a_one_shot_that_ended_with_0_counts_as_ready(self):
        self.file({"web": WEB, "job": {"image": IMAGE, "command": "true"}})
        self.up("--wait")
        self.wait_state("job-1", "exited")
        self.assertEqual(self.replica("web-1")["Health"], "healthy")
        self.up("--wait")  # it has ended by now, whoever was quicker before
        self.assertEqual(self.replica("job-1")["ExitCode"], 0)

    def test_also_as_the_last_job_that_waits_for_the_others(self):
        self.file({"web": WEB, "ready": {"image": IMAGE, "command": "echo ready",
                                         "depends_on": {"web": {"condition": "service_healthy"}}}})
        self.up("--wait")
        self.wait_state("ready-1", "exited")
        self.assertEqual(self.logs("ready"), ["ready"])

    def test_one_that_ended_with_another_code_meanwhile_does_not(self):
        until = "while ! test -e /tmp/{}; do sleep 0.05; done"
        self.file({"web": {"image": IMAGE, "command": "sleep 1000",
                           "healthcheck": {"test": ["CMD", "test", "-e", "/tmp/healthy"], "interval": "200ms", "retries": 1000}},
                   "job": {"image": IMAGE, "command": ["sh", "-c", until.format("go") + "; exit 3"]}})
        waiting = self.spawn("up", "-d", "--wait")
        for name in ("web-1", "job-1"):
            self.wait_for(f"{name} to run", lambda: self.ps().get(name, {}).get("State") == "running")
        self.consort("exec", "job", "touch", "/tmp/go")
        self.wait_state("job-1", "exited")
        self.consort("exec", "web", "touch", "/tmp/healthy")
        _, said = waiting.communicate(timeout=DEADLINE)
        self.assertEqual(waiting.returncode, 1, said)
        self.assertIn(b"job", said)
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_what_waits_for_a_service_to_be_healthy_fails_with_it(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000",
                           "healthcheck": {"test": ["CMD-SHELL", "echo trying; echo no route to db >&2; exit 3"],
                                           "interval": "100ms", "retries": 2}},
                   "slow": {"image": IMAGE, "command": "sleep 1000",
                            "healthcheck": {"test": ["CMD", "false"], "start_period": "1h"}},
                   "after": {"image": IMAGE, "command": "true", "depends_on": {"web": {"condition": "service_healthy"}}}})
        result = self.consort("up", "-d", "--wait", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, "cannot start web-1: is unhealthy: .* exited with 3: no route to db")
        self.assertRegex(result.err, "cannot start after-1: dependency web is unhealthy: .*no route to db")
        self.assertNotIn("slow-1: ", result.err)  # whether it gets healthy is not waited for
        self.assertIsNone(self.container("after"))

    def test_it_says_what_an_images_own_check_said(self):
        self.engine.import_image("sick:1", ["HEALTHCHECK --interval=100ms --retries=1 CMD echo starting; echo no disk; false"])
        self.file({"db": {"image": "sick:1", "command": "sleep 1000"}})
        result = self.consort("up", "-d", "--wait", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertIn("the probe exited with 1: no disk", result.err)


if __name__ == "__main__":
    main()
