"""Standard input, terminals, and mode=exec."""

import os
import subprocess

import shim
from shim import wait_for


class Stdin(shim.ShimTest):
    def test_null_ends_at_once(self):
        it = self.shell("cat; echo end")
        it.run()
        self.assertEqual(it.text(), b"end\n")

    def test_open_takes_what_writers_bring_and_never_ends(self):
        it = self.instance(["cat"], executable="/bin/cat", stdin="open").start()
        it.child_pid()
        for line in (b"one\n", b"two\n"):
            with open(it.fifo(".in"), "wb") as fifo:
                fifo.write(line)
            it.wait_for_text(line.strip())
        it.stop()
        it.wait()
        self.assertEqual(it.text(), b"one\ntwo\n")
        self.assertEqual(it.exit()["signal"], "15")

    def test_closable_ends_when_asked(self):
        it = self.instance(["cat"], executable="/bin/cat", stdin="closable").start()
        it.child_pid()
        with open(it.fifo(".in"), "wb") as fifo:
            fifo.write(b"one\n")
        it.wait_for_text(b"one")
        it.control(shim.CLOSE_STDIN)
        it.wait()
        self.assertEqual(it.exit()["code"], "0")


class Tty(shim.ShimTest):
    def test_a_terminal_of_the_given_size_that_can_be_resized(self):
        script = "trap 'stty size' WINCH; tty; stty size; echo up; while :; do sleep 0.01; done"
        it = self.shell(script, tty=1, rows=24, cols=80).start().wait_for_text(b"up")
        self.assertIn(b"stdout F 24 80\r\n", it.log())
        self.assertIn(b"/dev/pts/", it.log())
        it.control(shim.RESIZE, 50 << 16 | 132)
        it.wait_for_text(b"50 132")
        it.stop(grace_ms=0)
        it.wait()

    def test_a_prompt_is_logged_before_its_line_ends(self):
        it = self.shell("printf 'name? '; read name; echo hello $name", tty=1).start()
        it.wait_for_text(b"stdout P name? \n")
        with open(it.fifo(".in"), "wb") as fifo:
            fifo.write(b"you\n")
        it.wait()
        self.assertEqual(it.exit()["code"], "0")
        self.assertEqual(it.text(), b"name? you\r\nhello you\r\n")

    def test_it_is_the_controlling_terminal(self):
        it = self.shell("echo x > /dev/tty; ps -o tpgid= -p $$; echo $$", tty=1)
        it.run()
        lines = it.text().split()
        self.assertEqual(lines[0], b"x")
        self.assertEqual(lines[1], lines[2])

    def test_an_interrupt_character_becomes_a_signal(self):
        it = self.shell("trap 'echo interrupted; exit 9' INT; echo up; while :; do sleep 0.01; done", tty=1).start()
        it.wait_for_text(b"up")
        with open(it.fifo(".in"), "wb") as fifo:
            fifo.write(b"\x03")
        it.wait()
        self.assertEqual(it.exit()["code"], "9")

    def test_a_large_output_is_complete(self):
        it = self.shell("seq 50000", tty=1)
        it.run()
        self.assertEqual(it.text(), b"".join(b"%d\r\n" % i for i in range(1, 50001)))


class Exec(shim.ShimTest):
    def test_descriptors_are_the_programs_own(self):
        it = self.shell("cat; echo err >&2; exit 3", mode="exec")
        it.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = it.process.communicate(b"in\0put", timeout=shim.DEADLINE)
        self.assertEqual((out, err), (b"in\0put", b"err\n"))
        self.assertEqual(it.exit()["code"], "3")
        self.assertEqual(it.segments(), [])
        self.assertEqual(os.listdir(it.fifo_dir), [])

    def test_output_ends_with_the_program_not_with_the_shim(self):
        it = self.shell("exec 2>&-; setsid sleep 1000 >/dev/null </dev/null & echo done", mode="exec")
        it.start(stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(it.process.stdout.read(), b"done\n")
        it.process.stdout.close()
        self.assertEqual(it.exit()["leftovers"], "1")
        it.stop()
        it.wait()

    def test_a_terminal_between_descriptors(self):
        it = self.shell("stty size; stty -echo; read x; echo got $x; exit 4", mode="exec", tty=1, rows=10, cols=20)
        it.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        first = it.process.stdout.readline()
        it.process.stdin.write(b"hello\n")
        it.process.stdin.flush()
        rest = it.process.stdout.read()
        it.process.stdin.close()
        it.process.stdout.close()
        it.wait()
        self.assertEqual(first, b"10 20\r\n")
        self.assertTrue(rest.endswith(b"got hello\r\n"), rest)
        self.assertEqual(it.exit()["code"], "4")

    def test_the_end_of_input_reaches_a_terminal(self):
        it = self.shell("stty -echo; echo up; cat; echo end", mode="exec", tty=1)
        it.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(it.process.stdout.readline(), b"up\r\n")
        out, _ = it.process.communicate(b"line\n", timeout=shim.DEADLINE)
        self.assertEqual(out, b"line\r\nend\r\n")

    def test_a_large_output_through_a_terminal_to_a_slow_reader(self):
        it = self.shell("seq 30000", mode="exec", tty=1)
        it.start(stdout=subprocess.PIPE)
        wait_for(lambda: it.process.stdout.peek(1), "output")
        self.assertEqual(it.process.stdout.read(), b"".join(b"%d\r\n" % i for i in range(1, 30001)))
        it.process.stdout.close()
        it.wait()

    def test_the_whole_tree_ends(self):
        it = self.shell("setsid sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.01; done' & sleep 1000", mode="exec")
        it.start(stdout=subprocess.PIPE)
        self.assertEqual(it.process.stdout.readline(), b"up\n")
        it.stop(grace_ms=200)
        it.wait()
        it.process.stdout.close()
        self.assertEqual(shim.marked(it.id), [])


if __name__ == "__main__":
    shim.main()
