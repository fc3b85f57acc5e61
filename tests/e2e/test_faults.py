"""The machine fails: no descriptors, no room on the disk, helpers killed or stopped from outside. Nothing
that runs is forgotten, nothing is started twice, and what cannot be done is said."""
import os
import platform
import signal
import subprocess
import unittest

from harness import CONSORT, DEADLINE, ProjectTest, alive, main

SLEEP = {"command": ["sleep", "1000"]}


class Faults(ProjectTest):
    def record_of(self, instance):
        """The pids of the instance's shim and program, the last ones recorded."""
        path = os.path.join(self.project_state(), "instances", instance, "record")
        pids = {}
        for line in open(path).read().splitlines():
            key, _, value = line.partition(" ")
            if key in ("shim", "child"):
                pids[key] = int(value.split()[0])
        return pids

    def kill_shim(self, name):
        instance = self.replica(name)["Instance"]
        shim = self.record_of(instance)["shim"]
        os.kill(shim, signal.SIGKILL)
        self.wait_for("the shim to die", lambda: not alive(shim))
        return instance, shim

    def leave_a_daemon(self):
        """A service that has ended, and a daemon that it left in a session of its own."""
        self.file({"job": {"command": ["sh", "-c", "setsid sleep 1000 & echo $$! > daemon"]}})
        self.up()
        self.wait_state("job-1", "exited")
        daemon = int(open(os.path.join(self.work, "daemon")).read())
        self.assertTrue(alive(daemon))
        return daemon

    def template(self):
        supervisor = self.supervisor_pid()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                command = open(f"/proc/{pid}/cmdline", "rb").read()
                parent = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if command == b"consort-shim\0--serve\0" and int(parent) == supervisor:
                return int(pid)
        self.fail("there is no template")

    # -- descriptors -----------------------------------------------------------------------------
    def test_too_few_descriptors_refuse_a_start_and_forget_nothing(self):
        self.file({"web": {"command": ["sh", "-c", "echo $$$$ >> pids.$$CONSORT_REPLICA; exec sleep 1000"],
                           "restart": "always", "deploy": {"replicas": 60}}})
        limited = ["sh", "-c", 'ulimit -n 40; exec "$0" "$@"', CONSORT]
        up = subprocess.run([*limited, "up", "-d"], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=4 * DEADLINE)
        self.assertNotEqual(up.returncode, 0)
        self.assertIn("ulimit -n", up.stderr)
        running = [row for row in self.ps().values() if row["State"] == "running"]
        self.assertGreater(len(running), 0)
        self.assertLess(len(running), 60)
        for row in running:
            self.assertTrue(alive(row["Pid"]), row)
        for name in os.listdir(self.work):
            if name.startswith("pids."):
                living = [pid for pid in open(os.path.join(self.work, name)).read().split() if alive(int(pid))]
                self.assertLess(len(living), 2, name)
        self.consort("down", "-t", "1")
        self.assertEqual(self.survivors(), [])

    # -- shims -----------------------------------------------------------------------------------
    def test_what_a_service_left_survives_no_down_though_its_shim_was_killed(self):
        daemon = self.leave_a_daemon()
        self.kill_shim("job-1")
        self.consort("down", "-t", "1")
        self.assertFalse(alive(daemon))

    def test_nor_if_supervisor_and_shim_were_killed(self):
        daemon = self.leave_a_daemon()
        supervisor = self.supervisor_pid()
        shim = self.record_of(self.replica("job-1")["Instance"])["shim"]
        for pid in (supervisor, shim):
            os.kill(pid, signal.SIGKILL)
            self.wait_for("it to die", lambda: not alive(pid))
        self.assertEqual(self.replica("job-1")["ExitCode"], 0)
        self.consort("down", "-t", "1")
        self.assertFalse(alive(daemon))

    def test_an_exit_after_the_shim_was_replaced_is_known_where_the_kernel_tells_it(self):
        self.file({"job": {"command": ["sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; exit 42"]}})
        self.up()
        instance, old = self.kill_shim("job-1")
        self.wait_for("another shim", lambda: self.record_of(instance)["shim"] != old)
        self.write("go", "")
        row = self.wait_state("job-1", "exited")
        release = tuple(int(part) for part in platform.release().split(".")[:2])
        if release >= (6, 15):
            self.assertEqual(row["ExitCode"], 42)
        else:
            self.assertNotEqual(row["ExitCode"], 0)

    def test_a_stopped_template_is_replaced_and_nothing_starts_twice(self):
        services = {"first": SLEEP}
        self.file(services)
        self.up()
        template = self.template()
        os.kill(template, signal.SIGSTOP)
        for name in ("a", "b", "c"):
            services[name] = {"command": ["sh", "-c", f"echo $$$$ >> pids.{name}; exec sleep 1000"]}
        self.file(services)
        self.up()
        for name in ("a", "b", "c"):
            self.wait_state(f"{name}-1", "running")
            path = os.path.join(self.work, "pids." + name)
            self.wait_for("its pid", lambda: os.path.exists(path) and open(path).read())
            self.assertEqual(len(open(path).read().split()), 1)
        self.assertFalse(alive(template))
        self.assertNotEqual(self.template(), template)

    def test_a_stopped_template_does_not_hold_up_the_end(self):
        self.file({"first": SLEEP})
        self.up()
        os.kill(self.template(), signal.SIGSTOP)
        self.consort("down")
        self.assertEqual(self.survivors(), [])


@unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
class FullDisk(ProjectTest):
    def setUp(self):
        super().setUp()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", self.state], check=True)

    def tearDown(self):
        self.make_room()
        state = self.state
        try:
            super().tearDown()
        finally:
            subprocess.run(["umount", "-l", state], check=True)
            os.path.isdir(self.dir) and subprocess.run(["rm", "-rf", self.dir], check=True)

    def fill(self):
        with open(os.path.join(self.state, "ballast"), "wb", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        ballast.write(b"b" * size)
                except OSError:
                    pass

    def make_room(self):
        ballast = os.path.join(self.state, "ballast")
        if os.path.exists(ballast):
            os.unlink(ballast)

    def test_exits_are_seen_and_stops_are_complete(self):
        talk = ["sh", "-c", "trap 'echo bye; exit 3' TERM; while :; do echo line; sleep 0.05; done"]
        self.file({"killed": SLEEP, "stopped": {"command": talk}})
        self.up()
        pid = self.replica("killed-1")["Pid"]
        self.fill()
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.wait_state("killed-1", "exited")["ExitCode"], 137)
        self.consort("stop", "stopped")
        self.assertEqual(self.wait_state("stopped-1", "exited", "stopped")["ExitCode"], 3)
        self.assertEqual(self.survivors(), [self.supervisor_pid()])
        self.make_room()
        self.consort("down")


if __name__ == "__main__":
    main()
