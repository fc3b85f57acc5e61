"""The whole tree ends, whoever leads it and wherever its members went."""

import os
import shutil
import signal
import subprocess
import time

import shim
from shim import alive, marked, wait_for

IGNORE = "trap '' TERM; "


class Stop(shim.ShimTest):
    def gone(self, it):
        it.wait()
        self.assertEqual(marked(it.id), [])

    def pid_in_log(self, it, word=b"pid"):
        it.wait_for_text(word + b" ")
        return int(next(r[2] for r in it.records() if r[2].startswith(word)).split()[1])

    def test_a_shim_goes_after_whoever_wakes_it_and_after_what_still_runs_once_it_is_told_to_stop(self):
        it = self.shell("trap 'echo told' TERM; trap 'echo again' USR1; echo up; while :; do sleep 0.01; done").start()
        it.wait_for_text(b"up")
        shim, leader = it.process.pid, it.child_pid()
        wait_for(lambda: os.sched_getscheduler(shim) == os.SCHED_BATCH, "the policy of the shim")
        self.assertEqual(os.sched_getscheduler(leader), os.SCHED_OTHER)
        level = os.getpriority(os.PRIO_PROCESS, shim)
        it.stop(grace_ms=3_600_000)
        wait_for(lambda: os.getpriority(os.PRIO_PROCESS, shim) == min(level + 10, 19), "the priority of the shim")
        it.wait_for_text(b"told").stop(signal.SIGUSR1, grace_ms=3_600_000)
        it.wait_for_text(b"again")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, shim), min(level + 10, 19))
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, leader), level)
        it.stop(grace_ms=0)
        self.gone(it)

    # rule 39: SIGTERM where no stop_signal is given
    def test_term_then_gone(self):
        it = self.shell("echo up; exec sleep 100").start().wait_for_text(b"up")
        it.stop()
        self.gone(it)
        self.assertEqual((it.exit()["signal"], it.exit()["stopped"]), ("15", "1"))

    def test_the_payload_names_another_signal(self):
        it = self.shell("trap 'echo got it; exit 3' USR1; echo up; while :; do sleep 0.01; done").start()
        it.wait_for_text(b"up").stop(signal.SIGUSR1)
        self.gone(it)
        self.assertEqual(it.exit()["code"], "3")
        self.assertIn(b"got it", it.log())

    def test_sigterm_to_the_shim_uses_the_signal_of_the_spec(self):
        it = self.shell("trap 'exit 5' HUP; echo up; while :; do sleep 0.01; done", stop_signal=1).start()
        it.wait_for_text(b"up").process.terminate()
        self.gone(it)
        self.assertEqual(it.exit()["code"], "5")

    # rule 39: SIGKILL after stop_grace_period
    def test_kill_after_the_grace(self):
        it = self.shell(IGNORE + "echo up; while :; do sleep 0.01; done").start().wait_for_text(b"up")
        began = time.monotonic()
        it.stop(grace_ms=300)
        self.gone(it)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.assertEqual(it.exit()["signal"], "9")

    def test_no_grace_kills_at_once(self):
        it = self.shell(IGNORE + "echo up; while :; do sleep 0.01; done").start().wait_for_text(b"up")
        it.stop(grace_ms=0)
        self.gone(it)
        self.assertEqual(it.exit()["signal"], "9")

    def test_a_second_stop_may_shorten_the_grace(self):
        it = self.shell(IGNORE + "echo up; while :; do sleep 0.01; done").start().wait_for_text(b"up")
        it.stop(grace_ms=3_600_000)
        it.stop(grace_ms=0)
        self.gone(it)

    def test_a_stopped_program_sees_the_signal(self):
        it = self.shell("trap 'exit 6' TERM; echo up; while :; do sleep 0.01; done").start().wait_for_text(b"up")
        os.kill(it.child_pid(), signal.SIGSTOP)
        it.stop()
        self.gone(it)
        self.assertEqual(it.exit()["code"], "6")

    def test_a_child_that_ignores_term_after_its_leader_left(self):
        script = f"trap 'exit 0' TERM; sh -c \"{IGNORE}echo pid \\$\\$; while :; do sleep 0.01; done\" & wait"
        it = self.shell(script).start()
        child = self.pid_in_log(it)
        it.stop(grace_ms=300)
        self.gone(it)
        self.assertFalse(alive(child))
        self.assertEqual((it.exit()["code"], it.exit()["leftovers"]), ("0", "1"))

    def test_a_double_forked_daemon(self):
        it = self.shell("(setsid sh -c 'echo pid $$; exec sleep 1000' &) ; sleep 1000").start()
        daemon = self.pid_in_log(it)
        self.assertNotEqual(os.getsid(daemon), os.getsid(it.child_pid()))
        it.stop()
        self.gone(it)
        self.assertFalse(alive(daemon))

    def test_a_grandchild_in_its_own_session_that_ignores_term(self):
        inner = IGNORE + "echo pid $$; while :; do sleep 0.01; done"
        it = self.shell('setsid sh -c "$1" & sleep 1000', inner).start()
        grandchild = self.pid_in_log(it)
        it.stop(grace_ms=300)
        self.gone(it)
        self.assertFalse(alive(grandchild))

    def test_a_daemon_outlives_its_leader_until_it_is_stopped(self):
        it = self.shell("setsid sh -c 'echo pid $$; echo more; exec sleep 1000' & sleep 0.1; exit 2").start()
        daemon = self.pid_in_log(it)
        end = it.exit()
        self.assertEqual((end["code"], end["leftovers"]), ("2", "1"))
        self.assertTrue(alive(daemon))
        it.stop()
        self.gone(it)
        self.assertFalse(alive(daemon))
        self.assertEqual(it.exit()["code"], "2")

    def test_leftovers_are_still_logged(self):
        path = os.path.join(self.base, "go")
        os.mkfifo(path)
        it = self.shell('(cat "$1"; echo late) & exit 0', path).start()
        self.assertEqual(it.exit()["leftovers"], "1")
        with open(path, "w") as go:
            go.write("go\n")
        self.gone(it)
        self.assertEqual(it.text(), b"go\nlate\n")

    def test_many_daemons_at_no_grace(self):
        it = self.shell("i=0; while [ $i -lt 30 ]; do (setsid sleep 1000 &); i=$((i+1)); done; echo up; sleep 1000")
        it.start().wait_for_text(b"up").stop(grace_ms=0)
        self.gone(it)

    def test_signal_goes_to_the_group_and_stops_nothing(self):
        it = self.shell("trap 'echo one' USR1; echo up; while :; do sleep 0.01; done").start().wait_for_text(b"up")
        it.control(shim.SIGNAL, signal.SIGUSR1)
        it.wait_for_text(b"one")
        self.assertTrue(alive(it.child_pid()))
        it.stop()
        self.gone(it)

    def test_a_shim_whose_folders_were_removed_ends_with_its_tree(self):
        it = self.shell("echo up; exec sleep 100", log_max_bytes=50).start().wait_for_text(b"up")
        child = it.child_pid()
        shutil.rmtree(self.base)
        os.kill(child, signal.SIGKILL)
        self.gone(it)

    def test_the_shim_outlives_its_parent(self):
        it = self.shell("echo up; exec sleep 100")
        it.write_spec()
        outer = subprocess.Popen(["sh", "-c", f"{shim.SHIM} '{it.dir}' & wait"], stdin=subprocess.DEVNULL)
        it.wait_for_text(b"up")
        outer.kill()
        outer.wait()
        owner = it.shim_pid()
        self.assertTrue(alive(owner))
        it.stop()
        wait_for(lambda: not alive(owner), "the shim's end")
        self.assertEqual(it.exit()["signal"], "15")


if __name__ == "__main__":
    shim.main()
