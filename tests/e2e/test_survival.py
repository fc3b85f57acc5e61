"""The supervisor may be killed at any instant: nothing is lost, nothing is started twice."""
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time

from harness import ProjectTest, alive, main

COUNT = "i=0; while :; do i=$$((i+1)); echo line $$i; sleep 0.01; done"


class Survival(ProjectTest):
    def kill_supervisor(self):
        pid = self.supervisor_pid()
        self.assertTrue(pid)
        os.kill(pid, signal.SIGKILL)
        self.wait_for("the supervisor to die", lambda: not alive(pid))
        return pid

    def test_services_are_adopted_and_no_line_is_lost(self):
        self.file({"web": {"command": ["sh", "-c", COUNT]}})
        self.up()
        pid = self.replica("web-1")["Pid"]
        old = self.kill_supervisor()
        self.assertTrue(alive(pid))
        row = self.wait_state("web-1", "running")  # starts a new supervisor
        self.assertEqual(row["Pid"], pid)
        self.assertNotEqual(self.supervisor_pid(), old)
        logged = lambda: self.consort("logs", "--no-log-prefix").out.splitlines()
        adopted = len(logged())
        self.wait_for("output after the adoption", lambda: len(logged()) > adopted)
        self.consort("stop")
        lines = logged()
        self.assertEqual(lines, [f"line {i + 1}" for i in range(len(lines))])

    def test_an_exit_in_between_is_known_with_its_code(self):
        self.file({"job": {"command": ["sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; exit 42"]}})
        self.up()
        pid = self.replica("job-1")["Pid"]
        self.kill_supervisor()
        self.write("go", "")
        self.wait_for("the job to end", lambda: not alive(pid))
        row = self.wait_state("job-1", "exited")
        self.assertEqual(row["ExitCode"], 42)

    def test_a_restart_that_was_due_happens_once(self):
        self.file({"web": {"command": ["sh", "-c", "echo run >> runs; while [ ! -e go ]; do sleep 0.01; done; rm go; exit 1"],
                           "restart": "always"}})
        self.up()
        pid = self.replica("web-1")["Pid"]
        self.kill_supervisor()
        self.write("go", "")
        self.wait_for("the service to end", lambda: not alive(pid))
        new = self.wait_for("a new process", lambda: (lambda r: r["Pid"] if r["State"] == "running" and r["Pid"] != pid else None)(self.replica("web-1")))
        self.assertTrue(alive(new))
        self.wait_for("two runs", lambda: len(open(os.path.join(self.work, "runs")).readlines()) == 2)

    def test_down_after_a_kill_leaves_nothing(self):
        self.file({"a": {"command": ["sleep", "1000"]}, "b": {"command": ["sh", "-c", "setsid sleep 1000 & exec sleep 1000"]}})
        self.up()
        self.kill_supervisor()
        self.consort("down")
        self.assertEqual(self.survivors(), [])

    def test_kills_during_up_never_make_a_second_copy(self):
        services = {f"s{i}": {"command": ["sh", "-c", f"echo $$$$ >> pids.{i}; exec sleep 1000"]} for i in range(20)}
        self.file(services)
        for delay in (0.01, 0.02, 0.04, 0.08):
            up = self.spawn("up", "-d")
            end = time.monotonic() + 30
            while not self.supervisor_of_state() and time.monotonic() < end and up.poll() is None:
                time.sleep(0.002)
            time.sleep(delay)  # the fault's instant, not a wait for a result
            pid = self.supervisor_of_state()
            if pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            up.communicate(timeout=60)
            self.up()
            for i in range(20):  # a program that runs may not have written its pid yet
                living = self.wait_for(f"s{i} to run", lambda: [p for p in self.pids(i) if alive(p)])
                self.assertEqual(len(living), 1, f"s{i}: {self.pids(i)}")
            self.consort("down")
            self.assertEqual(self.survivors(), [])
            for i in range(20):
                os.unlink(os.path.join(self.work, f"pids.{i}"))

    def pids(self, i):
        try:
            with open(os.path.join(self.work, f"pids.{i}")) as file:
                return [int(line) for line in file.read().split("\n")[:-1]]
        except FileNotFoundError:
            return []

    def supervisor_of_state(self):
        try:
            return int(open(os.path.join(self.project_state(), "lock")).read().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def test_a_killed_shim_loses_no_line_and_no_control(self):
        self.file({"web": {"command": ["sh", "-c", COUNT]}})
        self.up()
        row = self.replica("web-1")
        record = dict(line.split(" ", 1) for line in
                      open(os.path.join(self.project_state(), "instances", row["Instance"], "record")).read().splitlines() if " " in line)
        shim = int(next(v.split()[0] for k, v in record.items() if k.startswith("shim")))
        os.kill(shim, signal.SIGKILL)
        self.wait_for("the shim to die", lambda: not alive(shim))
        self.assertTrue(alive(row["Pid"]))
        before = len(self.consort("logs", "--no-log-prefix").out.splitlines())
        self.wait_for("more lines", lambda: len(self.consort("logs", "--no-log-prefix").out.splitlines()) > before + 10)
        self.assertEqual(self.replica("web-1")["Pid"], row["Pid"])
        self.consort("stop")
        self.assertFalse(alive(row["Pid"]))
        lines = self.consort("logs", "--no-log-prefix").out.splitlines()
        self.assertEqual(lines, [f"line {i + 1}" for i in range(len(lines))])

    def runs_of_each(self):
        """How many processes run of each service that appends its pid to a file."""
        return {name: len([p for p in self.read_pids(name) if alive(p)]) for name in ("a", "b", "c")}

    def read_pids(self, name):
        try:
            return [int(line) for line in open(os.path.join(self.work, "pids." + name)).read().split()]
        except FileNotFoundError:
            return []

    def three_services(self):
        self.file({name: {"command": ["sh", "-c", f"echo $$$$ >> pids.{name}; exec sleep 1000"],
                          "restart": "always"} for name in "abc"})
        self.up()
        self.wait_for("three services", lambda: self.runs_of_each() == {"a": 1, "b": 1, "c": 1})

    def lose_the_record(self, how):
        self.kill_supervisor()
        how(os.path.join(self.project_state(), "record"))

    def assert_each_runs_once(self):
        self.wait_for("each service to run", lambda: all(self.runs_of_each().values()))
        self.assertEqual(self.runs_of_each(), {"a": 1, "b": 1, "c": 1})

    def scramble(self, *names):
        def how(record):
            for name in names:
                path = os.path.join(record, name)
                if os.path.exists(path):
                    with open(path, "wb") as file:
                        file.write(b"\n" + os.urandom(5000))
        return how

    def test_a_damaged_journal_gives_no_second_copies(self):
        self.three_services()
        before = {name: self.read_pids(name) for name in "abc"}
        self.lose_the_record(self.scramble("journal"))
        self.up()
        self.assert_each_runs_once()
        record = os.path.join(self.project_state(), "record")
        self.assertTrue(os.path.exists(os.path.join(record, "journal.damaged")))
        self.assertIn("journal.damaged", open(os.path.join(self.project_state(), "supervisor.log")).read())
        self.consort("down")
        self.assertEqual(self.survivors(), [])
        self.assertTrue(before)

    def test_a_lost_record_gives_no_second_copies(self):
        for how in (shutil.rmtree, self.scramble("journal", "journal.previous", "snapshot", "snapshot.previous")):
            self.three_services()
            self.lose_the_record(how)
            self.up()
            self.assert_each_runs_once()
            self.consort("down")
            self.assertEqual(self.survivors(), [])
            for name in "abc":
                os.unlink(os.path.join(self.work, "pids." + name))

    def test_a_lost_record_is_told_by_the_next_command_and_until_it_is_whole_again(self):
        self.three_services()
        self.lose_the_record(self.scramble("journal", "journal.previous", "snapshot", "snapshot.previous"))
        kept = os.path.join(self.project_state(), "record", "journal.damaged")
        for command in ("ps", "logs", "ls"):
            told = self.consort(command, check=False)
            self.assertEqual(told.code, 1 if command == "ps" else 0, told)
            for word in ("was damaged", kept, "may still run", "consort up", "consort down"):
                self.assertIn(word, told.err)
            self.assertTrue(os.path.exists(kept))
        row, = json.loads(self.consort("ls", "--format", "json").out)
        self.assertEqual(row["Status"], "record damaged")
        self.kill_supervisor()  # the next one finds no damage, only that nothing is there
        self.assertIn("may still run", self.consort("ps", check=False).err)
        self.assertIn("may still run", self.up().err)
        self.assertEqual(self.consort("ps").err, "")
        self.consort("down")

    def test_a_loss_that_the_previous_copy_makes_good_is_not_told_for_ever(self):
        self.three_services()
        while not os.path.exists(os.path.join(self.project_state(), "record", "snapshot")):  # of a long enough journal
            self.consort("restart", "-t", "0", "a")
        self.assert_each_runs_once()
        before = {name: self.read_pids(name) for name in "abc"}
        self.lose_the_record(self.scramble("snapshot"))
        ps = self.consort("ps")
        self.assertEqual(ps.err, "")
        self.assertEqual(ps.out.count("Up"), 3)
        self.assertEqual({name: self.read_pids(name) for name in "abc"}, before)
        self.consort("down")

    def test_ls_shows_the_files_of_a_project_whose_supervisor_has_gone(self):
        path = self.file({"web": {"command": ["sleep", "1000"]}})
        self.up()
        for end in (self.kill_supervisor, lambda: self.consort("supervisor", "stop")):
            end()
            row, = json.loads(self.consort("ls", "--format", "json").out)
            self.assertEqual((row["Status"], row["ConfigFiles"], row["Directory"]), ("no supervisor", path, self.work))
            self.ps()  # starts the next one

    def test_down_ends_what_a_lost_record_forgot(self):
        for how in (shutil.rmtree, self.scramble("journal"),
                    self.scramble("journal", "journal.previous", "snapshot", "snapshot.previous")):
            self.three_services()
            self.lose_the_record(how)
            self.consort("down")
            self.assertEqual(self.survivors(), [])
            self.assertFalse(os.path.exists(self.project_state()))
            for name in "abc":
                os.unlink(os.path.join(self.work, "pids." + name))

    def test_supervisor_stop_and_restart_leave_services_running(self):
        self.file({"web": {"command": ["sleep", "1000"]}})
        self.up()
        pid = self.replica("web-1")["Pid"]
        old = self.supervisor_pid()
        self.consort("supervisor", "stop")
        self.wait_for("the supervisor to end", lambda: not alive(old))
        self.assertTrue(alive(pid))
        self.assertEqual(self.replica("web-1")["Pid"], pid)
        second = self.supervisor_pid()
        self.consort("supervisor", "restart")
        self.assertNotIn(self.supervisor_pid(), (old, second, None))
        self.assertEqual(self.replica("web-1")["Pid"], pid)

    def lines(self, process, stream=None):
        """What a process prints, a line each; its end is None."""
        lines = queue.SimpleQueue()
        def read():
            for line in stream or process.stdout:
                lines.put(line.decode().rstrip("\n"))
            lines.put(None)
        threading.Thread(target=read, daemon=True).start()
        return lines

    def count_through_restarts(self, *command, once_shown):
        """A service counts; what the command shows of it over three supervisors has no gap and no line twice."""
        self.file({"web": {"command": ["sh", "-c", "i=0; while :; do echo n$$i; i=$$((i+1)); sleep 0.002; done"]},
                   "quiet": {"command": ["sh", "-c", "echo once; exec sleep 1000"]}})
        self.up()
        self.wait_for("the one line", lambda: "once" in self.consort("logs", "quiet").out)
        follower = self.spawn(*command, stderr=subprocess.DEVNULL)
        lines = self.lines(follower)
        seen, once = [], []
        def take(more):
            end = len(seen) + more
            while len(seen) < end:
                line = lines.get(timeout=60)
                self.assertIsNotNone(line, "it ended")
                if "once" in line:
                    once.append(line)
                if " n" in line:
                    seen.append(int(line.rpartition(" n")[2]))
        take(50)
        self.consort("supervisor", "restart")
        take(50)
        os.kill(self.supervisor_pid(), signal.SIGKILL)
        if command[0] == "logs":
            self.consort("ps")  # who only looks on starts no supervisor
        take(50)
        self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
        self.assertEqual(len(once), once_shown)
        self.consort("down", "-t", "1")
        while lines.get(timeout=60) is not None:
            pass
        return follower.wait(60)

    def test_followed_logs_go_on_with_the_next_supervisor(self):
        self.assertEqual(self.count_through_restarts("logs", "-f", once_shown=1), 0)

    def test_followed_logs_of_a_tail_go_on_with_the_next_supervisor(self):
        self.assertEqual(self.count_through_restarts("logs", "-f", "-n", "1", once_shown=1), 0)

    def test_an_attached_up_goes_on_with_the_next_supervisor(self):
        self.count_through_restarts("up", once_shown=0)

    def test_followed_events_go_on_with_the_next_supervisor(self):
        self.file({"web": {"command": ["sleep", "1000"]}})
        self.up()
        follower = self.spawn("events", stderr=subprocess.PIPE)
        lines = self.lines(follower)
        def expect(action):
            while f" service {action} web-1" not in (line := lines.get(timeout=60) or self.fail("it ended")):
                pass
        self.wait_for("the follower", lambda: self.consort("restart", "web") and not lines.empty())
        expect("restart")
        self.consort("supervisor", "restart")
        self.assertIn("a new one has taken over", follower.stderr.readline().decode())
        self.consort("stop", "web")
        expect("stop")
        self.consort("down")
        while lines.get(timeout=60) is not None:
            pass
        self.assertEqual(follower.wait(60), 0)

    def following(self, *command):
        """A follower that follows by now, and the lines that it has still to say on standard error."""
        follower = self.spawn(*command)
        out, err = self.lines(follower), self.lines(follower, follower.stderr)
        shown = []
        def seen():
            if command[0] != "logs":
                self.consort("restart", "web", check=False)  # the up may just take over
            while not out.empty():
                shown.append(out.get())
            return len(shown) > (1 if command[0] == "up" else 0)
        self.wait_for("it to follow", seen)
        return follower, err

    def expect_word(self, lines, word):
        while word not in (lines.get(timeout=60) or self.fail("it ended without: " + word)):
            pass

    def speaking(self):
        self.file({"web": {"command": ["sh", "-c", "echo here; exec sleep 1000"]}})
        self.up()

    def test_who_follows_starts_no_supervisor_but_waits_for_the_next(self):
        self.speaking()
        followers = [self.following("logs", "-f"), self.following("events")]
        self.kill_supervisor()
        for _, err in followers:
            self.expect_word(err, "waiting for the next one")
        self.assertFalse(self.supervisor_pid())
        self.ps()
        for _, err in followers:
            self.expect_word(err, "a new one has taken over")
        self.consort("down")
        self.assertEqual([follower.wait(60) for follower, _ in followers], [0, 0])

    def test_who_waits_for_the_next_supervisor_can_be_interrupted(self):
        self.speaking()
        follower, err = self.following("logs", "-f")
        self.kill_supervisor()
        self.expect_word(err, "waiting for the next one")
        follower.send_signal(signal.SIGINT)
        self.assertEqual(follower.wait(60), 130)

    def test_who_follows_is_told_that_the_supervisor_was_stopped(self):
        self.speaking()
        for command in (("logs", "-f"), ("events",), ("up",)):
            follower, err = self.following(*command)
            self.consort("supervisor", "stop")
            self.expect_word(err, f"the supervisor of project {self.name} was stopped")
            self.assertEqual(follower.wait(60), 5)
            self.assertFalse(self.supervisor_pid())
            self.ps()

    def test_the_supervisor_ends_after_down(self):
        self.file({"web": {"command": ["sleep", "1000"]}})
        self.up()
        pid = self.supervisor_pid()
        self.consort("down")
        self.wait_for("the supervisor to end", lambda: not alive(pid))


if __name__ == "__main__":
    main()
