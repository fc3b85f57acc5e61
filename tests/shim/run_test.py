"""What is run, and how its end is told."""

import errno
import os
import resource
import signal
import stat
import subprocess
import unittest

import shim
from shim import keys, read, stat_of, wait_for

ROOT = os.geteuid() == 0


class Exit(shim.ShimTest):
    def test_code(self):
        end = self.shell("exit 7").run()
        self.assertEqual(end["code"], "7")
        self.assertEqual((end["leftovers"], end["stopped"]), ("0", "0"))

    def test_signal(self):
        end = self.shell("kill -9 $$").run()
        self.assertEqual(end["signal"], "9")
        self.assertNotIn("code", end)

    def test_a_missing_program_is_told_in_the_exit_file_and_by_the_status(self):
        it = self.instance(["x"], executable="/nonexistent/x")
        it.start(stderr=subprocess.PIPE)
        message = it.process.communicate(timeout=shim.DEADLINE)[1].decode()
        self.assertEqual(it.process.returncode, 125)
        self.assertIn("exec: No such file or directory", message)
        end = it.exit()
        self.assertEqual((end["exec_errno"], end["exec_stage"]), (str(errno.ENOENT), "exec"))
        self.assertNotIn("code", end)
        self.assertEqual(os.listdir(it.fifo_dir), [])

    def test_a_file_that_is_not_executable(self):
        end = self.instance(["x"], executable="/etc/passwd").start(stderr=subprocess.DEVNULL)
        end.wait()
        self.assertEqual(end.exit()["exec_errno"], str(errno.EACCES))

    def test_a_missing_folder_names_its_step(self):
        it = self.shell("true", cwd="/nonexistent").start(stderr=subprocess.DEVNULL)
        it.wait()
        self.assertEqual(it.exit()["exec_stage"], "cwd")

    def test_nothing_is_left_in_the_runtime_folder(self):
        it = self.shell("echo x")
        it.run()
        self.assertEqual(os.listdir(it.fifo_dir), [])
        self.assertEqual(os.listdir(it.exit_dir), [it.id])


class Record(shim.ShimTest):
    def test_names_boot_shim_and_child(self):
        it = self.shell("echo up; exec sleep 100").start().wait_for_text(b"up")
        record = keys(os.path.join(it.dir, "record"))
        self.assertEqual(record["version"], "1")
        self.assertEqual(record["boot_id"], read("/proc/sys/kernel/random/boot_id").decode().strip())
        for who in ("shim", "child"):
            pid, start = it.record()[who]
            self.assertEqual(stat_of(pid)[1], start)
        self.assertEqual(it.shim_pid(), it.process.pid)

    def test_an_instance_is_started_once_only(self):
        it = self.shell("echo up; exec sleep 100").start().wait_for_text(b"up")
        again = subprocess.run([shim.SHIM, it.dir], stderr=subprocess.PIPE, timeout=shim.DEADLINE)
        self.assertEqual(again.returncode, 125)
        self.assertIn(b"record: File exists", again.stderr)
        self.assertFalse(os.path.exists(it.exit_path()))
        self.assertEqual(len(shim.marked(it.id)), 1)
        self.assertTrue(os.path.exists(it.fifo(".out")))


class Spec(shim.ShimTest):
    def test_a_newer_protocol_is_refused(self):
        it = self.shell("true", version=[2])
        it.start(stderr=subprocess.DEVNULL).wait()
        self.assertEqual(it.exit()["exec_errno"], str(errno.EPROTONOSUPPORT))

    def test_unknown_keys_are_ignored(self):
        self.assertEqual(self.shell("exit 0", colour="blue").run()["code"], "0")

    def test_a_bad_value_is_refused(self):
        it = self.shell("true", umask="9x")
        it.start(stderr=subprocess.DEVNULL).wait()
        self.assertEqual((it.exit()["exec_errno"], it.exit()["exec_stage"]), (str(errno.EINVAL), "spec"))

    def test_arguments_reach_the_program_unchanged(self):
        words = ["", " ", "a b", "new\nline", '"quoted"', "'single'", "$HOME `id` \\", "-n", "arg=x", "ü"]
        it = self.shell('for a; do printf "%s\\0" "$a"; done', *words)
        it.run()
        self.assertEqual(it.text(), "".join(w + "\0" for w in words).encode() + b"\n")

    def test_environment_is_what_the_caller_says_and_the_mark(self):
        it = self.instance(["env", "-0"], executable="/usr/bin/env", env=["A=1", "B=x\ny", "EMPTY="])
        it.run()
        text = it.text()[:-1]
        self.assertEqual(text, f"CONSORT_INSTANCE_ID={it.id}\0A=1\0B=x\ny\0EMPTY=\0".encode())

    def test_a_large_environment(self):
        it = self.shell('echo "${#V0} ${#V9}"', env=["PATH=" + shim.PATH] + [f"V{i}=" + "x" * 100000 for i in range(10)])
        it.run()
        self.assertEqual(it.text(), b"100000 100000\n")

    def test_cwd_umask_and_limits(self):
        it = self.shell("pwd; umask; ulimit -Sn; ulimit -Hn; ulimit -Sc", cwd="/usr", umask="0027",
                        rlimit=["nofile:123:456", "core:0:unlimited"] if ROOT else ["nofile:123:456", "core:0:0"])
        it.run()
        self.assertEqual(it.text(), b"/usr\n0027\n123\n456\n0\n")

    @unittest.skipUnless(ROOT, "needs root")
    def test_user_and_groups(self):
        it = self.shell("id -u; id -g; id -G; echo again > /dev/stdout", uid=65534, gid=65534, group=[65534, 7])
        end = it.run()
        self.assertEqual(end["code"], "0")
        self.assertEqual(it.text(), b"65534\n65534\n65534 7\nagain\n")

    @unittest.skipIf(ROOT, "needs an ordinary user")
    def test_another_user_is_refused_to_an_ordinary_one(self):
        it = self.shell("true", uid=0)
        it.start(stderr=subprocess.DEVNULL).wait()
        self.assertEqual(it.exit()["exec_errno"], str(errno.EPERM))

    def test_signals_and_descriptors_are_fresh(self):
        it = self.shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd")
        ignored = lambda: [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1)]
        with open("/dev/null") as extra:
            it.start(preexec_fn=ignored, restore_signals=False, pass_fds=[extra.fileno()]).wait()
        lines = it.text().decode().split()
        self.assertEqual([lines[1], lines[3]], ["0" * 16, "0" * 16])
        self.assertEqual(lines[4:], ["0", "1", "2", "3"])  # 3 is the folder that ls reads

    def test_a_group_of_its_own_in_the_same_session(self):
        it = self.shell("echo up; exec sleep 100").start().wait_for_text(b"up")
        child, owner = it.child_pid(), it.shim_pid()
        self.assertEqual(os.getpgid(child), child)
        self.assertEqual(os.getpgid(owner), owner)
        self.assertEqual(os.getsid(child), os.getsid(0))

    def test_the_oom_score_of_the_program_is_untouched(self):
        it = self.shell("cat /proc/self/oom_score_adj")
        it.run()
        self.assertEqual(it.text(), read("/proc/self/oom_score_adj"))


class Options(shim.ShimTest):
    def test_version(self):
        self.assertEqual(subprocess.check_output([shim.SHIM, "--version"]), b"consort-shim protocol 1\n")

    def test_no_arguments_is_a_usage_error(self):
        self.assertEqual(subprocess.run([shim.SHIM], stderr=subprocess.DEVNULL).returncode, 2)

    def test_detached_it_returns_when_the_program_runs(self):
        it = self.shell("echo up; exec sleep 100")
        out = subprocess.check_output([shim.SHIM, "--detach", it.dir], timeout=shim.DEADLINE).decode()
        pid, start = it.record()["child"]
        self.assertIn(f"child {pid} {start}\n", out)
        self.assertNotEqual(os.getsid(it.shim_pid()), os.getsid(0))
        subprocess.check_call([shim.SHIM, "--control", it.dir, "stop", "15", "5000"])
        self.assertEqual(it.exit()["signal"], "15")

    def test_detached_it_tells_what_went_wrong(self):
        it = self.instance(["x"], executable="/nonexistent/x")
        result = subprocess.run([shim.SHIM, "--detach", it.dir], stderr=subprocess.PIPE, timeout=shim.DEADLINE)
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"exec: No such file", result.stderr)

    def test_control_of_a_dead_shim_is_an_error(self):
        it = self.shell("true")
        it.run()
        result = subprocess.run([shim.SHIM, "--control", it.dir, "stop"], stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"cannot signal the shim", result.stderr)


if __name__ == "__main__":
    shim.main()
