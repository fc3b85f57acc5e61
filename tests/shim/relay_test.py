"""The relay: one pair of pipes for all instances of a host."""
import os
import select
import signal
import subprocess
import time
import unittest

import shim
from shim import DEADLINE, SHIM, ShimTest, alive, keys, main, read, wait_for


class Relay:
    """consort-shim --relay as a child, and this side of its protocol."""

    def __init__(self, home, **env):
        environment = {"HOME": home, "PATH": shim.PATH, "SSH_CONNECTION": "secret", **env}
        self.process = subprocess.Popen([SHIM, "--relay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment, bufsize=0)
        self.buffer = b""
        self.replies = {}
        self.count = 0
        status, text = self.answer("0")
        assert status == "ok", text
        self.facts = dict(line.split(" ", 1) for line in text.decode().splitlines())
        self.root = self.facts["root"]

    def send(self, op, *fields):
        self.count += 1
        fields = [f if isinstance(f, bytes) else str(f).encode() for f in fields]
        header = " ".join([str(self.count), op, *(str(len(f)) for f in fields)])
        self.process.stdin.write(header.encode() + b"\n" + b"".join(fields))
        return str(self.count)

    def answer(self, number):
        end = time.monotonic() + DEADLINE
        while number not in self.replies:
            head, newline, rest = self.buffer.partition(b"\n")
            if newline:
                ident, status, length = head.decode().split()
                if len(rest) >= int(length):
                    self.replies[ident] = (status, rest[:int(length)])
                    self.buffer = rest[int(length):]
                    continue
            ready = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"no answer to {number}; have {self.buffer!r} {self.replies}"
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            assert more, "the relay ended"
            self.buffer += more
        return self.replies.pop(number)

    def has_answer(self, number):
        """Whether it came before the answer to a later ping."""
        self.ask("ping")
        return number in self.replies

    def ask(self, op, *fields):
        return self.answer(self.send(op, *fields))

    def ok(self, op, *fields):
        status, text = self.ask(op, *fields)
        assert status == "ok", (op, status, text)
        return text

    def follow(self, directory, segment=0, offset=0, known=""):
        return parse_follow(self.ask("follow", directory, segment, offset, 1 << 20, known))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(DEADLINE)


def unpacked(block):
    """The bytes of an LZ4 block."""
    out, at = bytearray(), 0

    def length(count):
        nonlocal at
        if count == 15:
            while True:
                at += 1
                count += block[at - 1]
                if block[at - 1] != 255:
                    break
        return count
    while True:
        token, at = block[at], at + 1
        literals = length(token >> 4)
        out += block[at:at + literals]
        at += literals
        if at == len(block):
            return bytes(out)
        offset, at = int.from_bytes(block[at:at + 2], "little"), at + 2
        for _ in range(length(token & 15) + 4):
            out.append(out[-offset])


def carrying(directory):
    """The living processes of an instance, wherever its mark is in their environment."""
    mark = b"CONSORT_INSTANCE_ID=" + os.path.basename(directory).encode() + b"\0"
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark in read(f"/proc/{pid}/environ") and alive(pid):
                found.append(int(pid))
        except OSError:
            continue
    return found


def parse_follow(answer):
    status, text = answer
    assert status == "ok", answer
    place, _, data = text.partition(b"\n")
    segment, offset, word = place.decode().split()
    return int(segment), int(offset), word, data


class RelayTest(ShimTest):
    def setUp(self):
        super().setUp()
        self.relay = Relay(self.base)
        self.dirs = []

    def tearDown(self):
        relay = Relay(self.base)
        for directory in self.dirs:
            relay.ask("stop", directory, 9, 0)
            relay.ask("remove", directory)
        relay.close()
        if not self.relay.process.stdin.closed:
            self.relay.close()
        super().tearDown()

    def dir(self, name):
        path = f"{self.relay.root}/project/{name}-{os.getpid()}"
        self.dirs.append(path)
        return path

    def start(self, directory, script, *records):
        return self.relay.ask("start", directory, "exec=sh", "arg=sh", "arg=-c", "arg=" + script, *records)

    def text(self, directory):
        """All of the log and the last state, following until nothing of it runs."""
        segment = offset = 0
        known, data = "", b""
        while True:
            segment, at, word, more = self.relay.follow(directory, segment, offset, known)
            if word == "data":
                data += more
                offset = at + len(more)
                continue
            known = word
            offset = at
            if word not in ("running", "exited"):
                return b"".join(line[40:] + b"\n" for line in data.split(b"\n")[:-1]), word, more

    def test_runs_and_tells_output_exit_and_leaves_nothing(self):
        directory = self.dir("a")
        status, said = self.start(directory, "pwd; echo \"$HOME\"; umask; env | grep -c SSH_; printf '%s' \"$X\"; exit 7",
                                  "env=X=a\nb 'c' $d")
        self.assertEqual(status, "ok", said)
        self.assertTrue(said.startswith(b"shim "))
        text, word, exit_file = self.text(directory)
        self.assertEqual(text.decode(), f"{self.base}\n{self.base}\n0022\n0\na\nb 'c' $d\n")
        self.assertEqual(word, "over")
        self.assertIn(b"code 7\n", exit_file)
        self.assertEqual(oct(os.stat(directory).st_mode & 0o777), "0o700")
        self.relay.ok("remove", directory)
        self.assertFalse(os.path.exists(f"{self.base}/.local/state/consort"))

    def test_a_second_start_changes_nothing(self):
        directory = self.dir("twice")
        self.start(directory, "echo once; sleep 1000")
        self.assertEqual(self.start(directory, "echo twice"), ("ok", b""))
        self.relay.follow(directory, 0, 0, "running")  # it has said something
        self.relay.ok("stop", directory, signal.SIGTERM, 5000)
        self.assertEqual(self.text(directory)[0], b"once\n")

    def test_follow_waits_for_lines_and_for_states(self):
        directory = self.dir("follow")
        self.start(directory, "read line; echo got $line; sleep 1000", "stdin=closable")
        self.assertEqual(self.relay.follow(directory)[2], "running")
        number = self.relay.send("follow", directory, 0, 0, 65536, "running")
        self.assertFalse(self.relay.has_answer(number))
        self.assertEqual(self.relay.ok("write", directory, b"hello\n"), b"6")
        _, offset, word, data = parse_follow(self.relay.answer(number))
        self.assertEqual((word, data[31:]), ("data", b"stdout F got hello\n"))
        number = self.relay.send("follow", directory, 0, offset + len(data), 65536, "running")
        self.assertFalse(self.relay.has_answer(number))
        self.assertEqual(self.relay.ok("stop", directory, signal.SIGTERM, 5000), b"over")
        self.assertIn(parse_follow(self.relay.answer(number))[2], ("exited", "over"))

    def test_goes_on_from_a_place_in_rotated_segments(self):
        directory = self.dir("rotated")
        self.start(directory, "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done", "log_max_bytes=65536")
        wait_for(lambda: self.relay.follow(directory, 99, 0)[2] == "over", "its end")
        segment = offset = 0
        seen, segments = b"", set()
        while True:
            segment, at, word, data = self.relay.follow(directory, segment, offset, "")
            if word != "data":
                break
            segments.add(segment)
            seen += data
            offset = at + len(data)
        self.assertEqual([line.split()[-1] for line in seen.splitlines()], [b"%d" % n for n in range(1, 3001)])
        self.assertGreater(len(segments), 1)
        self.relay.ok("trim", directory, max(segments))
        self.assertEqual(len(os.listdir(directory + "/log")), 1)
        self.assertEqual(self.relay.follow(directory, 0, 0)[0], max(segments))

    def test_compresses_a_log_for_who_asks_for_it_where_that_makes_it_smaller(self):
        def follow(directory, offset=0):
            head, _, data = self.relay.ok("follow", directory, 0, offset, 65536, "", "lz4").partition(b"\n")
            return head.decode().split()[2:], data
        directory = self.dir("packed")
        segment = directory + "/log/00000000.log"
        self.start(directory, "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done; read line; echo short",
                   "stdin=closable")
        wait_for(lambda: read(segment).endswith(b"line 3000\n"), "the lines")
        log = read(segment)
        whole = log[:log[:65536].rindex(b"\n") + 1]
        (word, length), block = follow(directory)
        self.assertEqual((word, int(length)), ("lz4", len(whole)))
        self.assertLess(len(block), len(whole) / 4)
        self.assertEqual(unpacked(block), whole)
        self.assertEqual(self.relay.follow(directory)[2:], ("data", log))
        self.relay.ok("write", directory, b"\n")
        wait_for(lambda: read(segment).endswith(b"short\n"), "the last line")
        word, data = follow(directory, len(log))
        self.assertEqual((word, data[31:]), (["data"], b"stdout F short\n"))

        noise = os.path.join(self.base, "noise")
        with open(noise, "wb") as file:
            file.write(os.urandom(10000).replace(b"\n", b"x") + b"\n")
        directory = self.dir("noise")
        self.start(directory, f"cat {noise}")
        wait_for(lambda: self.relay.follow(directory, 99, 0)[2] == "over", "its end")
        self.assertEqual(follow(directory), (["data"], read(directory + "/log/00000000.log")))

    def test_what_is_read_ahead_is_what_the_log_says_there(self):
        directory = self.dir("ahead")
        self.start(directory, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done", "log_max_bytes=262144")

        def follow(segment, offset, *packing):
            fields = [segment, offset, 65536, "running", *packing]
            head, _, data = self.relay.ok("follow", directory, *fields).partition(b"\n")
            segment, offset, word, *_ = head.decode().split()
            return int(segment), int(offset), "data" if word == "lz4" else word, unpacked(data) if word == "lz4" else data
        place, seen, count = (0, 0), b"", 0
        while True:
            segment, at, word, data = follow(*place, *(["lz4"] if count % 3 else []))
            if word == "over":
                break
            if word != "data":
                continue
            self.relay.ok("ping")  # meanwhile it reads ahead
            if count % 5 == 0:  # and is asked for something else
                again = follow(*place)
                self.assertEqual(again[:3], (segment, at, "data"))
                self.assertTrue(again[3].startswith(data))
            seen += data
            place = (segment, at + len(data))
            count += 1
        self.assertEqual([line.split()[-1] for line in seen.splitlines()], [b"%d" % n for n in range(1, 20001)])
        self.assertGreater(place[0], 1)

    def test_another_relay_takes_up_what_it_finds(self):
        directory = self.dir("again")
        self.start(directory, "echo one; read line; echo two; exit 3", "stdin=closable")
        wait_for(lambda: self.relay.follow(directory)[2] == "data", "a line")
        self.assertEqual(self.relay.close(), 0)
        self.relay = Relay(self.base)
        self.assertEqual(self.relay.ok("list", os.path.dirname(directory)).decode(),
                         os.path.basename(directory) + " running\n")
        self.relay.ok("write", directory, b"\n")
        text, word, exit_file = self.text(directory)
        self.assertEqual((text, word), (b"one\ntwo\n", "over"))
        self.assertIn(b"code 3\n", exit_file)

    def test_a_killed_shim_is_replaced(self):
        directory = self.dir("orphan")
        self.start(directory, "echo one; read line; echo two; sleep 1000", "stdin=open")
        wait_for(lambda: self.relay.follow(directory)[2] == "data", "a line")
        pid = int(keys(directory + "/record")["shim"].split()[0])
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not alive(pid), "the shim to die")
        self.assertEqual(self.relay.follow(directory, 0, 1 << 30)[2], "running")
        self.assertIn(self.relay.ok("stop", directory, signal.SIGTERM, 5000), (b"over", b"lost"))
        self.assertEqual(carrying(directory), [])

    def test_stop_ends_the_whole_tree_and_stats_count_it(self):
        directory = self.dir("tree")
        self.start(directory, "trap '' TERM; (trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 1000' & sleep 1000) & echo up; wait; wait")
        wait_for(lambda: self.relay.follow(directory)[2] == "data", "it to be up")
        # The shells may or may not be replaced by what they run last.
        wait_for(lambda: len(carrying(directory)) >= 4, "the tree")
        wait_for(lambda: b"pids %d\n" % len(carrying(directory)) in self.relay.ok("stats", directory), "all to be counted")
        self.relay.ok("stop", directory, signal.SIGTERM, 200)
        self.assertEqual(carrying(directory), [])
        self.assertEqual(self.relay.ask("stats", directory)[0], "missing")

    def test_signal_resize_and_close_stdin(self):
        directory = self.dir("tty")
        self.start(directory, "trap 'stty size' USR1; echo up; while read line; do echo $line; done; echo end", "tty=1",
                   "rows=10", "cols=20")
        wait_for(lambda: b"up" in self.relay.follow(directory)[3], "it to be up")
        self.relay.ok("resize", directory, 30, 40)
        self.relay.ok("signal", directory, signal.SIGUSR1)
        wait_for(lambda: b"30 40" in self.relay.follow(directory)[3], "the new size")
        self.relay.ok("close_stdin", directory)
        self.assertIn(b"end", self.text(directory)[0])

    def test_says_what_cannot_be_started(self):
        relay = self.relay
        self.assertEqual(relay.ask("check", "exec=sh", "arg=sh", "cwd=/"), ("ok", b""))
        for records, message in (
                (["exec=nothing-here"], b"cannot run nothing-here: it is not in PATH (" + shim.PATH.encode() + b")"),
                (["exec=x", "env=PATH=/var"], b"cannot run x: it is not in PATH (/var)"),
                (["exec=/etc/passwd"], b"cannot run /etc/passwd: Permission denied"),
                (["exec=/etc"], b"cannot run /etc: Is a directory"),
                (["exec=./x", "cwd=/"], b"cannot run ./x: No such file or directory"),
                (["exec=sh", "cwd=/nowhere"], b"cannot use working_dir /nowhere: No such file or directory"),
                (["exec=sh", "env=A=\0B"], b"cannot pass on a NUL byte in env=A=")):
            self.assertEqual(relay.ask("check", *records), ("failed", message))
        directory = self.dir("bad")
        self.assertEqual(relay.ask("start", directory, "exec=nothing-here", "arg=x")[0], "failed")
        self.assertFalse(os.path.exists(directory))
        status, said = self.start(directory, "true", "rlimit=nonsense:1:1")
        self.assertEqual(status, "failed")
        self.assertIn(b"spec", said)

    def test_touches_nothing_outside_its_root(self):
        for path in ("/etc/x", self.relay.root, self.relay.root + "/../x", self.relay.root + "/a//b", "",
                     self.relay.root + "/a/.."):
            self.assertEqual(self.relay.ask("remove", path)[0], "failed", path)
            self.assertEqual(self.relay.ask("put", path, 0, b"x")[0], "failed", path)

    def test_refuses_a_root_that_others_can_reach(self):
        os.chmod(self.relay.root, 0o755)
        process = subprocess.run([SHIM, "--relay"], env={"HOME": self.base}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        os.chmod(self.relay.root, 0o700)
        self.assertEqual(process.returncode, 1)
        self.assertTrue(process.stdout.startswith(b"0 failed "), process.stdout)

    def test_files_arrive_whole_or_not_at_all(self):
        path = self.relay.root + "/project/bin/abc/tool"
        content = os.urandom(100000)
        self.assertEqual(self.relay.ask("have", path, len(content))[0], "missing")
        self.relay.ok("put", path, 0, content[:60000])
        self.assertEqual(self.relay.ask("commit", path, len(content))[0], "missing")
        self.relay.ok("put", path, 60000, content[60000:])
        self.assertEqual(self.relay.ask("have", path, len(content))[0], "missing")
        self.relay.ok("commit", path, len(content))
        self.relay.ok("have", path, len(content))
        self.assertEqual(read(path), content)
        self.assertTrue(os.access(path, os.X_OK))

    def test_an_exec_has_its_result_even_if_it_leaves_something(self):
        directory = self.dir("exec")
        self.relay.ok("prepare", directory, "exec=sh", "arg=sh", "arg=-c", "arg=cat; exit 5", "mode=exec")
        number = self.relay.send("result", directory)
        self.assertFalse(self.relay.has_answer(number))
        done = subprocess.run([SHIM, directory], input=b"hello", stdout=subprocess.PIPE)
        self.assertEqual(done.stdout, b"hello")
        status, text = self.relay.answer(number)
        self.assertEqual(status, "ok")
        self.assertIn(b"code 5\n", text)

    def test_nonsense_ends_it(self):
        self.relay.process.stdin.write(b"this is no request at all\n")
        self.assertEqual(self.relay.process.wait(DEADLINE), 0)
        self.relay.close()


if __name__ == "__main__":
    main()
