"""A shim is killed; its successor goes on without a gap and without a repeat."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import shim
from shim import alive, keys, marked, stat_of, wait_for

LINES = "import sys\ni = 0\nwhile i < {0}:\n  sys.stdout.write('%07d\\n' % i); sys.stdout.flush(); i += 1\n"


class Adopt(shim.ShimTest):
    def kill_shim(self, it):
        it.process.kill()
        it.process.wait()

    def adopt(self, it):
        it.start("--adopt")
        pid = it.process.pid
        wait_for(lambda: it.record()["shim"][0] == pid or it.process.poll() is not None, "the record")
        return it

    def reap(self, pid):
        """As a supervisor that is a subreaper, or init, does."""
        os.waitpid(pid, 0)

    def test_the_service_lives_and_its_output_goes_on_in_a_new_segment(self):
        path = os.path.join(self.base, "go")
        os.mkfifo(path)
        it = self.shell('echo one; read x < "$1"; echo two; exec sleep 1000', path).start().wait_for_text(b"one")
        child = it.child_pid()
        self.kill_shim(it)
        with open(path, "w") as go:
            go.write("go\n")
        self.assertTrue(alive(child))
        self.adopt(it).wait_for_text(b"two")
        self.assertEqual(it.text(), b"one\ntwo\n")
        self.assertEqual(len(it.segments()), 2)
        it.stop()
        self.reap(child)
        it.wait()
        self.assertEqual(it.exit()["signal"], "15") if "signal" in it.exit() else self.assertEqual(it.exit()["unknown"], "1")

    def test_an_unfinished_line_that_was_read_already_survives(self):
        path = os.path.join(self.base, "go")
        os.mkfifo(path)
        it = self.shell('printf "begin "; read x < "$1"; echo end', path).start()
        child = it.child_pid()
        wait_for(lambda: b"begin " in shim.read(it.fifo(".buf")), "what the shim has read")
        self.kill_shim(it)
        self.adopt(it)
        with open(path, "w") as go:
            go.write("go\n")
        self.reap(child)
        it.wait()
        self.assertEqual(it.text(), b"begin end\n")

    def test_killed_again_and_again_under_load_nothing_is_lost_or_repeated(self):
        total = 400_000
        rng = random.Random(3)
        it = self.instance(["python3", "-c", LINES.format(total)], executable=sys.executable, log_max_bytes=500_000)
        it.start()
        child = it.child_pid()
        kills = 0
        while alive(child):
            time.sleep(rng.random() * 0.01)
            self.kill_shim(it)
            if not alive(child):
                break
            kills += 1
            self.adopt(it)
        if it.process.poll() is not None:
            self.adopt(it)
        self.reap(child)
        it.wait()
        self.assertGreater(kills, 5)
        numbers = [int(line) for line in it.text().split()]
        # What was in the pipe when program and shim were both dead is gone with it.
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertGreater(len(numbers), total - 131072 // 8 - 2)

    def test_the_code_is_the_right_one_or_unknown_but_never_success(self):
        path = os.path.join(self.base, "go")
        os.mkfifo(path)
        it = self.shell('read x < "$1"; exit 42', path).start()
        child = it.child_pid()
        self.kill_shim(it)
        self.adopt(it)
        with open(path, "w") as go:
            go.write("go\n")
        self.reap(child)
        it.wait()
        end = it.exit()
        self.assertTrue(end.get("code") == "42" or end.get("unknown") == "1", end)

    def test_a_program_that_ended_while_nobody_watched_is_unknown(self):
        it = self.shell("echo up; exec sleep 1000").start().wait_for_text(b"up")
        child = it.child_pid()
        self.kill_shim(it)
        os.kill(child, signal.SIGKILL)
        self.reap(child)
        self.adopt(it).wait()
        end = it.exit()
        self.assertEqual(end["unknown"], "1")
        self.assertNotIn("code", end)
        self.assertEqual(os.listdir(it.fifo_dir), [])

    def test_another_process_with_the_same_number_is_left_alone(self):
        it = self.shell("true")
        it.run()
        os.unlink(it.exit_path())
        bystander = subprocess.Popen(["sleep", "1000"])
        with open(os.path.join(it.dir, "record"), "a") as record:
            record.write(f"child {bystander.pid} 1\n")
        self.adopt(it).wait()
        self.assertEqual(it.exit()["unknown"], "1")
        self.assertTrue(alive(bystander.pid))
        bystander.kill()
        bystander.wait()

    def test_another_boot_is_over(self):
        it = self.shell("echo up; exec sleep 1000").start().wait_for_text(b"up")
        child = it.child_pid()
        self.kill_shim(it)
        path = os.path.join(it.dir, "record")
        boot = keys(path)["boot_id"]
        with open(path) as record:
            text = record.read().replace(boot, "0" * len(boot))
        with open(path, "w") as record:
            record.write(text)
        self.adopt(it).wait()
        self.assertEqual(it.exit()["unknown"], "1")
        self.assertTrue(alive(child))
        os.kill(child, signal.SIGKILL)
        self.reap(child)

    def test_an_instance_whose_shim_lives_is_not_adopted(self):
        it = self.shell("echo up; exec sleep 1000").start().wait_for_text(b"up")
        second = subprocess.run([shim.SHIM, "--adopt", it.dir], stderr=subprocess.PIPE, timeout=shim.DEADLINE)
        self.assertEqual(second.returncode, 125)
        self.assertIn(b"adopt: Device or resource busy", second.stderr)
        self.assertTrue(alive(it.shim_pid()))
        self.assertTrue(os.path.exists(it.fifo(".out")))
        self.assertFalse(os.path.exists(it.exit_path()))

    def test_the_whole_tree_can_still_be_stopped(self):
        it = self.shell("(setsid sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.01; done' &); sleep 1000")
        it.start().wait_for_text(b"up")
        child = it.child_pid()
        self.kill_shim(it)
        self.adopt(it).stop(grace_ms=200)
        self.reap(child)
        self.assertIn(it.wait(), (0,))
        self.assertEqual(marked(it.id), [])

    def test_what_the_program_left_is_taken_over_and_its_exit_stays(self):
        # A shell exports its variables in an order of its own, so the mark need not be the first.
        it = self.shell("setsid sleep 1000 & exit 7", env=["A=" + "a" * 5000, "PATH=" + shim.PATH]).start()
        before = it.exit()
        self.assertEqual((before["code"], before["leftovers"]), ("7", "1"))
        wait_for(lambda: any(b"sleep" in shim.read(f"/proc/{pid}/cmdline") for pid in self.tree(it)), "the daemon")
        self.kill_shim(it)
        self.adopt(it)
        self.assertIsNone(it.process.poll())
        self.assertEqual(it.exit(), before)
        it.stop(grace_ms=200)
        for pid in self.tree(it):
            with contextlib.suppress(ChildProcessError):
                self.reap(pid)
        it.wait()
        self.assertEqual(it.exit(), before)
        self.assertEqual(self.tree(it), [])

    def tree(self, it):
        """Living processes with the mark anywhere in their environment."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if f"CONSORT_INSTANCE_ID={it.id}".encode() in shim.read(f"/proc/{name}/environ").split(b"\0") and alive(name):
                    found.append(int(name))
        return found

    def test_a_torn_record_without_a_journal_is_closed(self):
        it = self.shell("echo up; exec sleep 1000").start().wait_for_text(b"up")
        child = it.child_pid()
        self.kill_shim(it)
        os.unlink(it.fifo(".buf"))
        with open(it.segments()[-1], "ab") as segment:
            segment.write(b"2026-01-01T00:00:00.000000000Z stdout F to")
        self.adopt(it).stop()
        self.reap(child)
        it.wait()
        self.assertEqual([r[2] for r in it.records()], [b"up", b"to"])


if __name__ == "__main__":
    shim.main()
