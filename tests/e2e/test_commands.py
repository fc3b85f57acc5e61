"""create, rm, pause, unpause, top and cp with services that are processes."""
import json
import os
import unittest

from harness import ProjectTest, alive, main


def state_of(pid):
    return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]


class Commands(ProjectTest):
    def test_create_and_up_without_start_make_ready_and_start_starts(self):
        self.file({"a": {"command": "sleep 1000"}, "b": {"command": "sleep 1000", "depends_on": ["a"]}})
        self.assertIn("Service a-1  Created", self.consort("create").err)
        self.assertEqual({n: (r["State"], r["Pid"]) for n, r in self.ps().items()},
                         {"a-1": ("created", 0), "b-1": ("created", 0)})
        self.consort("up", "--no-start")
        self.consort("start", "b")
        self.assertEqual({r["State"] for r in self.ps().values()}, {"running"})

    def test_what_cannot_work_is_refused_by_create_too(self):
        self.file({"a": {"command": "/no/such/program"}})
        result = self.consort("create", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot start a: ")
        self.assertEqual(self.ps(), {})

    def test_rm_forgets_what_does_not_run(self):
        self.file({"a": {"command": "sleep 1000"}, "b": {"command": "true"}})
        self.consort("up", "-d")
        self.wait_state("b-1", "exited")
        self.assertEqual(self.consort("rm", stdin="").code, 0)  # no answer is a no
        self.assertIn("b-1", self.ps())
        self.consort("rm", "-f")
        self.assertEqual(sorted(self.ps()), ["a-1"])
        pid = self.replica("a-1")["Pid"]
        self.consort("rm", "-f", "-s", "a")
        self.assertEqual((self.ps(), alive(pid)), ({}, False))

    def test_pause_halts_the_whole_tree_and_unpause_lets_it_go_on(self):
        self.file({"a": {"command": ["sh", "-c", "(setsid sleep 1000) & (sleep 1000) & echo $$! up; exec sleep 1000"]}})
        self.up()
        tree = self.wait_for("the tree", lambda: (lambda pids: pids if len(pids) == 3 else None)(
            [row["PID"] for row in json.loads(self.consort("top", "--format", "json").out)]))
        self.consort("pause")
        self.assertEqual([state_of(pid) for pid in tree], ["T"] * 3)
        self.assertEqual(self.replica("a-1")["State"], "paused")
        self.consort("unpause", "a")
        self.assertNotIn("T", [state_of(pid) for pid in tree])
        self.consort("pause")
        self.consort("stop")
        self.assertEqual([alive(int(pid)) for pid in tree], [False] * 3)

    def test_top_shows_who_runs_what(self):
        self.file({"a": {"command": "sleep 1234"}})
        self.up()
        rows = json.loads(self.consort("top", "--format", "json").out)
        self.assertEqual([(row["CMD"], int(row["PID"])) for row in rows], [("sleep 1234", self.replica("a-1")["Pid"])])
        self.assertEqual(self.consort("top").out.splitlines()[0].split(),
                         ["SERVICE", "#", "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])

    def test_cp_says_that_the_files_are_this_machines(self):
        self.file({"a": {"command": "sleep 1000"}})
        self.up()
        result = self.consort("cp", "a:/etc/passwd", "x", check=False)
        self.assertEqual(result.code, 8, result)
        self.assertIn("runtime process has no files of its own", result.err)
        self.assertFalse(os.path.exists(os.path.join(self.work, "x")))


if __name__ == "__main__":
    main()
