"""A supervisor can be reached and told to stop what it started, whatever was done to it."""
import os
import resource
import shutil
import signal
import stat
import subprocess

from harness import CONSORT, DEADLINE, ProjectTest, Result, alive, main

SLEEP = ["sleep", "1000"]


class Reachable(ProjectTest):
    def limited(self, descriptors, *args):
        done = subprocess.run([CONSORT, *args], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE, preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        return Result(done.returncode, done.stdout, done.stderr)

    def test_a_stopped_supervisor_is_named_with_what_to_do(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        pid = self.supervisor_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            for command in (("ps",), ("logs",), ("down",)):
                result = self.consort(*command, check=False)
                self.assertEqual(result.code, 5, result)
                self.assertIn(f"the supervisor of project {self.name} (pid {pid}) does not answer: it is stopped",
                              result.err)
                self.assertIn(f"kill -CONT {pid}", result.err)
            self.assertIn("does not answer", self.consort("ls").out)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertEqual([row["State"] for row in self.ps().values()], ["running"])

    def test_a_killed_one_that_did_not_answer_is_replaced(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        before = [row["Pid"] for row in self.ps().values() if "Pid" in row]
        pid = self.supervisor_pid()
        os.kill(pid, signal.SIGSTOP)
        self.assertIn(f"kill -KILL {pid}", self.consort("ps", check=False).err)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual([row["State"] for row in self.ps().values()], ["running"])
        self.assertEqual([row["Pid"] for row in self.ps().values() if "Pid" in row], before)

    def test_a_removed_runtime_directory_comes_back(self):
        self.file({"web": {"command": SLEEP}, "db": {"command": SLEEP}})
        self.up()
        pid = self.supervisor_pid()
        for gone in (os.path.join(self.runtime, "consort", self.name, "api.sock"),
                     os.path.join(self.runtime, "consort", self.name), os.path.join(self.runtime, "consort")):
            os.rename(gone, os.path.join(self.dir, "gone"))
            self.wait_for("the supervisor to listen again",
                          lambda: os.path.exists(os.path.join(self.runtime, "consort", self.name, "api.sock")))
            self.assertEqual([row["State"] for row in self.ps().values()], ["running"] * 2)
            path = os.path.join(self.dir, "gone")
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        self.consort("restart", "-t", "1", "web")
        self.assertEqual(self.consort("exec", "-T", "web", "echo", "there").out, "there\n")
        self.assertEqual(self.supervisor_pid(), pid)
        self.consort("down", "-t", "1")
        self.wait_for("the supervisor to end", lambda: not alive(pid))
        self.assertFalse(os.path.exists(os.path.join(self.runtime, "consort", self.name)))

    def test_at_its_limit_of_descriptors_it_refuses_starts_and_does_the_rest(self):
        # One after the other, so that each starts with what the one before has left.
        names = [f"s{i:02}" for i in range(60)]
        self.file({name: {"command": SLEEP, "depends_on": names[i - 1:i]} for i, name in enumerate(names)})
        result = self.limited(64, "up", "-d")
        self.assertEqual(result.code, 1, result)
        self.assertIn("descriptors; raise the limit", result.err)
        states = [row["State"] for row in self.ps().values()]
        self.assertIn("running", states)
        self.assertTrue(any(state != "running" for state in states), states)
        self.consort("stop", "-t", "1")
        self.assertNotIn("running", [row["State"] for row in self.ps().values()])
        self.consort("down", "-t", "1")
        self.assertEqual(self.survivors(), [])

    def test_its_files_are_private_whatever_the_umask(self):
        self.file({"web": {"command": SLEEP}})
        before = os.umask(0)
        try:
            self.up()
        finally:
            os.umask(before)
        for root in (self.project_state(), os.path.join(self.runtime, "consort")):
            self.assertEqual(os.stat(root).st_mode & 0o077, 0)
            for folder, folders, files in os.walk(root):
                for name in folders:
                    self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o022, 0, name)
                for name in files:
                    info = os.lstat(os.path.join(folder, name))
                    if not stat.S_ISSOCK(info.st_mode):
                        self.assertEqual(info.st_mode & 0o022, 0, name)


if __name__ == "__main__":
    main()
