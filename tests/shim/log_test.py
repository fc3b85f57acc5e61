"""Output: complete, in order, in CRI form, whatever it is made of and whatever the disk does."""

import calendar
import os
import random
import re
import subprocess
import sys
import time
import unittest

import shim
from shim import lines_of, read, wait_for

COUNT = "import sys\nfor i in range({}): sys.stdout.write('%08d ' % i + 'x' * 90 + '\\n')"
RECORD = re.compile(rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [FP] ")


class Records(shim.ShimTest):
    def python(self, script, **keys_):
        return self.instance(["python3", "-c", script], executable=sys.executable, **keys_)

    def test_each_stream_in_cri_form(self):
        it = self.shell("echo out; echo err >&2")
        it.run()
        self.assertEqual(sorted(it.records()), [("stderr", "F", b"err"), ("stdout", "F", b"out")])
        for line in it.log().splitlines():
            self.assertRegex(line, RECORD)

    def test_the_time_is_now(self):
        before = time.time_ns()
        it = self.shell("echo x")
        it.run()
        stamp = it.log()[:30].decode()
        whole, fraction = stamp[:-1].split(".")
        at = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction)
        self.assertTrue(before <= at <= time.time_ns())

    def test_an_empty_line_is_a_record(self):
        it = self.shell("echo; echo a; echo")
        it.run()
        self.assertEqual([r[2] for r in it.records()], [b"", b"a", b""])

    def test_an_unterminated_last_line_is_kept(self):
        it = self.shell("echo a; printf 'no end'")
        it.run()
        self.assertEqual(it.records()[-1], ("stdout", "F", b"no end"))

    def test_a_line_written_in_pieces_is_one_record(self):
        it = self.shell("printf one; sleep 0.1; printf two; sleep 0.1; echo three")
        it.run()
        self.assertEqual(it.records(), [("stdout", "F", b"onetwothree")])

    def test_a_line_of_10_megabytes(self):
        size = 10 * 1000 * 1000
        it = self.python(f"import sys; sys.stdout.write('y' * {size} + '\\nend\\n')")
        it.run()
        self.assertEqual(it.text(), b"y" * size + b"\nend\n")
        records = it.records()
        self.assertLessEqual(max(len(r[2]) for r in records), 16384)
        self.assertEqual({r[1] for r in records[:-2]}, {"P"})
        self.assertEqual([r[1] for r in records[-2:]], ["F", "F"])

    def test_lines_at_the_border_of_a_fragment(self):
        sizes = [16383, 16384, 16385, 32767, 32768, 32769]
        it = self.python(f"for n in {sizes}: print('z' * n)")
        it.run()
        self.assertEqual(it.text(), b"".join(b"z" * n + b"\n" for n in sizes))

    def test_binary_garbage_is_byte_identical(self):
        data = random.Random(7).randbytes(3_000_000) + bytes(range(256)) * 50 + b"\0" * 100_000 + b"\n"
        path = os.path.join(self.base, "garbage")
        with open(path, "wb") as file:
            file.write(data)
        it = self.shell('cat "$1"', path)
        it.run()
        self.assertEqual(it.text(), data)

    def test_two_hundred_thousand_lines_over_many_segments(self):
        it = self.python(COUNT.format(200_000), log_max_bytes=1_000_000)
        it.run()
        self.assertEqual(it.text(), b"".join(b"%08d " % i + b"x" * 90 + b"\n" for i in range(200_000)))
        sizes = [os.path.getsize(path) for path in it.segments()]
        self.assertEqual(len(sizes), 29)
        self.assertLessEqual(max(sizes), 1_000_000)
        self.assertEqual([os.path.basename(p) for p in it.segments()], [f"{i:08d}.log" for i in range(29)])

    def test_rotation_keeps_the_newest_segments_whole(self):
        it = self.python(COUNT.format(10_000), log_max_bytes=100_000, log_max_files=3)
        it.run()
        self.assertEqual(len(it.segments()), 3)
        self.assertTrue(it.text().endswith(b"%08d " % 9999 + b"x" * 90 + b"\n"))
        numbers = [int(r[2][:8]) for r in it.records()]
        self.assertEqual(numbers, list(range(numbers[0], 10_000)))

    def test_both_streams_at_full_speed(self):
        it = self.shell("seq 100000 & seq 100000 >&2; wait")
        it.run()
        expected = b"".join(b"%d\n" % i for i in range(1, 100001))
        self.assertEqual(it.text("stdout"), expected)
        self.assertEqual(it.text("stderr"), expected)

    def test_a_closed_stdout_costs_no_wakeups(self):
        it = self.shell("exec >&- 2>&-; sleep 100").start()
        pid = it.child_pid()
        wait_for(lambda: not os.path.exists(f"/proc/{pid}/fd/1"), "a closed stdout")

        def effort():
            status = read(f"/proc/{it.shim_pid()}/status")
            return re.findall(rb"ctxt_switches:\t(\d+)", status) + read(f"/proc/{it.shim_pid()}/stat").split()[13:15]

        def idle():
            before = effort()
            time.sleep(0.3)
            return effort() == before

        wait_for(idle, "a shim that does nothing")
        it.stop()
        it.wait()


@unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
class FullDisk(shim.ShimTest):
    def setUp(self):
        super().setUp()
        self.small = os.path.join(self.base, "small")
        os.mkdir(self.small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", self.small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.small], check=True)

    def test_the_writer_waits_and_nothing_is_lost(self):
        ballast = os.path.join(self.small, "ballast")
        with open(ballast, "wb") as file:
            file.write(b"b" * 150_000)
        script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
        it = self.shell(script)
        log = os.path.join(it.dir, "log")
        os.symlink(self.small, log)
        it.start()
        error = os.path.join(it.dir, "log_error")
        wait_for(lambda: os.path.exists(error) and b"errno 28\n" in read(error), "log_error")
        subprocess.run(["mount", "-o", "remount,size=16m", self.small], check=True)
        self.assertEqual(it.exit()["code"], "0")
        it.wait()
        self.assertFalse(os.path.exists(error))
        self.assertEqual(read(os.path.join(self.small, "00000000.log")).count(b"\n"), 20000)
        self.assertEqual(b"".join(r[2] + b"\n" for r in lines_of(read(os.path.join(self.small, "00000000.log")))),
                         b"".join(b"line %d\n" % i for i in range(20000)))

    def test_the_exit_file_does_not_wait_for_the_disk(self):
        ballast = os.open(os.path.join(self.small, "ballast"), os.O_WRONLY | os.O_CREAT)
        with self.assertRaises(OSError):
            while True:
                os.write(ballast, b"b" * 4096)
        os.close(ballast)
        it = self.shell("echo last words; exit 4")
        os.symlink(self.small, os.path.join(it.dir, "log"))
        it.start()
        end = it.exit()
        self.assertEqual((end["code"], end["log_blocked"]), ("4", "1"))
        subprocess.run(["mount", "-o", "remount,size=16m", self.small], check=True)
        it.wait()
        self.assertTrue(read(os.path.join(self.small, "00000000.log")).endswith(b" stdout F last words\n"))

    def test_the_exit_file_has_its_room_from_the_start(self):
        path = os.path.join(self.base, "go")
        os.mkfifo(path)
        it = self.shell('read x < "$1"; exit 6', path)
        it.exit_dir = it.keys["exit_dir"] = os.path.join(self.small, "exits")
        os.mkdir(it.exit_dir)
        it.write_spec()
        it.start()
        it.child_pid()
        with open(os.path.join(self.small, "ballast"), "wb", buffering=0) as ballast:
            with self.assertRaises(OSError):
                while True:
                    ballast.write(b"b" * 4096)
        with open(path, "w") as go:
            go.write("go\n")
        self.assertEqual(it.exit()["code"], "6")
        it.wait()
        self.assertEqual(os.listdir(it.exit_dir), [it.id])

    def test_without_room_for_the_exit_file_nothing_starts(self):
        ran = os.path.join(self.base, "ran")
        it = self.shell('echo > "$1"', ran)
        it.exit_dir = it.keys["exit_dir"] = os.path.join(self.small, "exits")
        os.mkdir(it.exit_dir)
        it.write_spec()
        with open(os.path.join(self.small, "ballast"), "wb", buffering=0) as ballast:
            with self.assertRaises(OSError):
                while True:
                    ballast.write(b"b" * 4096)
        done = subprocess.run([shim.SHIM, it.dir], stderr=subprocess.PIPE, timeout=shim.DEADLINE)
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"record: No space left on device", done.stderr)
        self.assertFalse(os.path.exists(ran))


if __name__ == "__main__":
    shim.main()
