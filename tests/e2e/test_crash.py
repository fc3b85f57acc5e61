"""A runtime that crashes is named, and is nobody else's problem."""
import json
import os

from harness import ProjectTest, main


class Crash(ProjectTest):
    """The runtime `crashing` of the tests crashes where the environment of its process says."""

    def setUp(self):
        super().setUp()
        self.use_test_plugins()
        self.write("consort.yaml", f"name: {self.name}\nservices:\n  web:\n    runtime: crashing\n    command: [run]\n")

    def crash_in(self, what, how="abort"):
        self.env.update(CONSORT_TEST_CRASH_IN=what, CONSORT_TEST_CRASH=how)

    def doctor(self):
        done = self.consort("doctor", "--format", "json", check=False)
        self.assertIn(done.code, (0, 1), done)
        return {runtime["name"]: runtime for runtime in json.loads(done.out)["runtimes"]}

    def test_doctor_asks_every_runtime_without_a_supervisor(self):
        found = self.doctor()
        self.assertEqual(found["crashing"]["summary"], "as fit as ever")
        self.assertIn("shim", found["process"]["facts"])
        self.assertFalse(os.path.exists(self.project_state()))

    def test_doctor_survives_a_runtime_that_crashes_ends_or_hangs(self):
        for how, said in (("abort", "Aborted (signal 6)"), ("exit", "it ended the process that asked it"),
                          ("overflow", "Segmentation fault (signal 11)"), ("hang", "not answered within 10 s")):
            with self.subTest(how):
                self.crash_in("fingerprint", how)
                found = self.doctor()
                self.assertIn(said, found["crashing"]["problems"][0]["message"])
                self.assertEqual(found["process"]["problems"], [])

    def refused(self, *args):
        done = self.consort(*args, check=False)
        self.assertEqual(done.code, 5, done)
        return done.err

    def test_a_crash_in_init_is_named_at_the_line_that_asked(self):
        for how, signal in (("abort", "Aborted"), ("overflow", "Segmentation fault")):
            with self.subTest(how):
                self.crash_in("init", how)
                self.refused("up", "-d")
                said = self.refused("up", "-d")
                self.assertIn(f"consort.yaml:4:14: runtime \"crashing\" is not available: it crashed ({signal})", said)
                self.assertIn("consort supervisor restart", said)
                self.crash_in("nothing")
                self.consort("supervisor", "restart")
                self.up()
                self.consort("down")

    def test_a_crash_in_attach_is_not_repeated(self):
        self.up()
        self.crash_in("attach")
        self.consort("supervisor", "restart", check=False)
        row = self.wait_for("a word on the crash", lambda: (lambda r: r if "it crashed" in r["Status"] else None)(
            self.ps()["web-1"]))
        self.assertNotEqual(row["State"], "exited")
        self.crash_in("nothing")
        self.consort("supervisor", "restart")
        self.wait_state("web-1", "running")

    def test_a_supervisor_that_is_killed_is_no_crash(self):
        self.up()
        os.kill(self.supervisor_pid(), 9)
        self.assertEqual(self.ps()["web-1"]["State"], "running")


if __name__ == "__main__":
    main()
