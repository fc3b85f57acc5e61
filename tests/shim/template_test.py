"""One template, many shims."""

import errno
import fcntl
import os
import signal
import subprocess

import shim
from shim import Template, alive, stat_of, wait_for


class Base(shim.ShimTest):
    def tearDown(self):
        super().tearDown()
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass


class Start(Base):
    def test_a_start_is_answered_when_the_program_runs(self):
        template = Template()
        it = self.shell("echo up; exec sleep 100")
        template.send(it, op=77)
        reply = template.reply()
        self.assertEqual((reply["op"], reply["error"], reply["stage"]), (77, 0, 0))
        record = it.record()
        self.assertEqual(record["shim"], (reply["shim_pid"], reply["shim_start"]))
        self.assertEqual(record["child"], (reply["child_pid"], reply["child_start"]))
        self.assertEqual(stat_of(reply["child_pid"])[1], reply["child_start"])
        it.stop()
        os.waitpid(reply["shim_pid"], 0)
        template.close()

    def test_shims_are_children_of_the_parent(self):
        template = Template()
        it = self.shell("exit 3")
        template.send(it, op=1)
        pid = template.reply()["shim_pid"]
        self.assertEqual(os.waitpid(pid, 0), (pid, 0))
        self.assertEqual(it.exit()["code"], "3")
        template.close()

    def test_a_hundred_at_once(self):
        template = Template()
        them = [self.shell("echo up; exec sleep 1000") for _ in range(100)]
        for op, it in enumerate(them):
            template.send(it, op)
        replies = [template.reply() for _ in them]
        self.assertEqual(sorted(r["op"] for r in replies), list(range(100)))
        self.assertEqual({r["error"] for r in replies}, {0})
        for it in them:
            it.wait_for_text(b"up")
            it.stop()
        for reply in replies:
            os.waitpid(reply["shim_pid"], 0)
        self.assertEqual({it.exit()["signal"] for it in them}, {"15"})
        template.close()

    def test_an_exec_error_is_in_the_reply(self):
        template = Template()
        it = self.instance(["x"], executable="/nonexistent")
        template.send(it, op=5)
        reply = template.reply()
        self.assertEqual((reply["op"], reply["error"], reply["child_pid"]), (5, errno.ENOENT, 0))
        self.assertEqual(it.exit()["exec_stage"], "exec")
        template.close()

    def test_a_missing_instance_is_in_the_reply(self):
        template = Template()
        it = self.shell("true")
        it.dir += "-missing"
        template.send(it, op=6)
        self.assertEqual(template.reply()["error"], errno.ENOENT)
        template.close()

    def test_a_message_that_is_no_request_does_not_end_the_template(self):
        template = Template()
        template.socket.send(b"junk")
        self.assertEqual(template.reply()["error"], errno.EINVAL)
        it = self.shell("true")
        template.send(it, op=2)
        self.assertEqual(template.reply()["error"], 0)
        self.assertEqual(template.close(), 0)

    def test_queued_requests_are_finished_after_the_parent_is_gone(self):
        template = Template()
        os.kill(template.process.pid, signal.SIGSTOP)
        them = [self.shell("echo up") for _ in range(20)]
        for op, it in enumerate(them):
            template.send(it, op)
        template.socket.close()
        os.kill(template.process.pid, signal.SIGCONT)
        self.assertEqual(template.process.wait(shim.DEADLINE), 0)
        for it in them:
            self.assertEqual(it.exit()["code"], "0")
            self.assertEqual(it.text(), b"up\n")

    def test_shims_are_unharmed_by_the_templates_death(self):
        template = Template()
        it = self.shell("echo up; exec sleep 1000")
        template.send(it, op=1)
        reply = template.reply()
        template.process.kill()
        template.process.wait()
        self.assertTrue(alive(reply["shim_pid"]))
        it.stop()
        os.waitpid(reply["shim_pid"], 0)
        template.socket.close()

    def test_replies_that_nobody_reads_do_not_hold_up_the_service(self):
        template = Template()
        template.socket.setblocking(False)
        them = [self.shell("echo up; exit 3") for _ in range(400)]
        sent = 0
        for op, it in enumerate(them):
            def send():
                try:
                    template.send(it, op)
                    return True
                except BlockingIOError:
                    return False
            wait_for(send, "room for a request")
            sent += 1
        for it in them:
            self.assertEqual(it.exit()["code"], "3")
        template.socket.settimeout(shim.DEADLINE)
        self.assertEqual({template.reply()["op"] for _ in them}, set(range(400)))
        template.close()


class Lock(Base):
    def locked(self, path):
        with open(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
            except BlockingIOError:
                return True

    def test_it_is_held_until_no_unrecorded_shim_is_under_way(self):
        path = os.path.join(self.base, "lock")
        lock = os.open(path, os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        template = Template(lock)
        os.close(lock)
        os.kill(template.process.pid, signal.SIGSTOP)
        it = self.shell("echo up; exec sleep 1000")
        template.send(it, op=1)
        template.socket.close()
        self.assertTrue(self.locked(path))
        os.kill(template.process.pid, signal.SIGCONT)
        wait_for(lambda: not self.locked(path), "the lock")
        self.assertIn("child", it.record())
        self.assertTrue(alive(it.shim_pid()))
        template.process.wait(shim.DEADLINE)
        it.stop()
        self.assertEqual(it.exit()["signal"], "15")


class ExecThroughTemplate(Base):
    def test_descriptors_are_passed(self):
        template = Template()
        it = self.shell("cat; echo err >&2; exit 8", mode="exec")
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        template.send(it, op=9, fds=[in_read, out_write, err_write])
        for fd in (in_read, out_write, err_write):
            os.close(fd)
        self.assertEqual(template.reply()["error"], 0)
        os.write(in_write, b"hello")
        os.close(in_write)
        for fd, expected in ((out_read, b"hello"), (err_read, b"err\n")):
            with open(fd, "rb") as pipe:
                self.assertEqual(pipe.read(), expected)
        self.assertEqual(it.exit()["code"], "8")
        template.close()

    def test_missing_descriptors_are_an_error(self):
        template = Template()
        it = self.shell("true", mode="exec")
        template.send(it, op=9)
        self.assertEqual(template.reply()["error"], errno.EBADF)
        template.close()


if __name__ == "__main__":
    shim.main()
