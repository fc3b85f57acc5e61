"""Links that are cut, hosts that break (fault plan, rows 32 to 36): a lost connection is no lost process, every
line is there once, and nothing runs twice."""
import os
import re
import signal

import hosts as h
from hosts import Hosts, RemoteTest, main, run, shim_files

HOSTS = Hosts("alpha", "beta")
ALPHA, BETA = HOSTS.alpha, HOSTS.beta
COUNTER = "trap 'exit 0' TERM; i=0; while :; do i=$$((i+1)); echo $$i; sleep 0.02; done"


class Faults(RemoteTest):
    hosts = HOSTS

    def sh(self, script, host="alpha", **more):
        return {"host": host, "command": ["sh", "-c", script], **more}

    def copies(self, service):
        """Instances of a service that have a living process, wherever."""
        mark = f"CONSORT_INSTANCE={self.name}/{service}-".encode()
        found = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                variables = open(f"/proc/{pid}/environ", "rb").read().split(b"\0")
            except OSError:
                continue
            if h.alive(int(pid)):
                found |= {v.decode() for v in variables if v.startswith(mark)}
        return found

    def one_copy(self, service):
        """The instance of a service, once its program has its environment."""
        copies = self.wait_for("its process", lambda: self.copies(service))
        self.assertEqual(len(copies), 1)
        return copies

    def some_lines(self, service, more=20):
        before = len(self.logs(service))
        self.wait_for("more lines", lambda: len(self.logs(service)) >= before + more)

    def break_and_mend(self, cut, mend):
        self.file({"counter": self.sh(COUNTER), "other": self.sh(COUNTER, host="beta")})
        self.up()
        self.some_lines("counter")
        copies = self.one_copy("counter")
        cut()
        self.wait_state("counter-1", "unknown")
        self.assertEqual(self.replica("other-1")["State"], "running")
        self.assertEqual(self.copies("counter"), copies)
        mend()
        self.wait_state("counter-1", "running")
        self.some_lines("counter")
        self.assertEqual(self.copies("counter"), copies)
        self.consort("stop")
        self.assertGreater(self.check_numbered("counter"), 40)
        self.check_numbered("other")
        self.assertIn("unknown", self.events("counter"))
        self.assertNotIn("unknown", self.events("other"))

    def test_32_the_link_is_down_for_a_while(self):
        self.break_and_mend(ALPHA.cut, ALPHA.join)

    def test_32_packets_are_dropped(self):
        self.break_and_mend(ALPHA.drop, lambda: ALPHA.drop(False))

    def test_32_sshd_is_killed(self):
        self.break_and_mend(ALPHA.stop, ALPHA.start)

    def test_32_a_broken_connection_is_made_again(self):
        self.file({"counter": self.sh(COUNTER)})
        self.up()
        copies = self.one_copy("counter")
        for _ in range(3):
            self.some_lines("counter")
            ALPHA.kill_sessions()
        self.wait_state("counter-1", "running")
        self.some_lines("counter")
        self.assertEqual(self.copies("counter"), copies)
        self.consort("stop")
        self.check_numbered("counter")

    def test_32_many_lines_come_once_over_broken_connections_and_rotation(self):
        flood = "i=0; while [ $$i -lt 20 ]; do seq $$((i*10000+1)) $$((i*10000+10000)); i=$$((i+1)); sleep 0.1; done"
        self.file({"flood": self.sh(flood, logging={"options": {"max-size": "1m", "max-file": "100"}})})
        self.up()
        for _ in range(3):
            self.some_lines("flood", more=1)
            ALPHA.kill_sessions()
        self.wait_state("flood-1", "exited")
        self.assertEqual(self.check_numbered("flood"), 200000)

    def test_lines_that_rotation_takes_before_they_are_fetched_are_told_of(self):
        line = "x" * 56  # with what stands before it in the log 40 bytes more, and a newline
        script = f"echo begin; while ! test -e $$HOME/$$GO; do sleep 0.02; done; for i in $$(seq $$LINES); do echo {line}; done; touch $$HOME/$$GO.done"
        options = {"options": {"max-size": "10k", "max-file": "1"}}
        # 10,240 bytes are 105 lines: `near` loses the rest of its first segment, `far` whole ones, too.
        self.file({"near": self.sh(script, environment={"GO": "near", "LINES": "150"}, logging=options),
                   "far": self.sh(script, environment={"GO": "far", "LINES": "1000"}, logging=options)})
        self.up()
        for name in ("near", "far"):
            self.wait_for("its first line", lambda: self.logs(name) == ["begin"])
        ALPHA.cut()
        self.wait_state("near-1", "unknown")
        for name in ("near", "far"):
            open(os.path.join(ALPHA.home, name), "w").close()
            self.wait_for("its lines", lambda: os.path.exists(os.path.join(ALPHA.home, name + ".done")) and not self.copies(name))
        ALPHA.join()
        for name, lines in (("near", 150), ("far", 1000)):
            self.wait_state(name + "-1", "exited")
            lost = lines - (len(self.logs(name)) - 1)
            self.assertGreater(lost, 0)
            told = re.findall(r"lines are missing: (\d+) bytes of its log were rotated away on alpha", self.events(name))
            self.assertEqual([int(n) for n in told], [lost * 97])

    def test_what_ends_while_the_link_is_down_is_known_afterwards(self):
        self.file({"job": self.sh("while ! test -e $$HOME/go; do sleep 0.02; done; seq 1 1000; exit 7")})
        self.up()
        self.wait_state("job-1", "running")
        ALPHA.cut()
        self.wait_state("job-1", "unknown")
        open(os.path.join(ALPHA.home, "go"), "w").close()
        self.wait_for("it to end", lambda: not self.copies("job"))
        self.assertEqual(self.replica("job-1")["State"], "unknown")
        ALPHA.join()
        self.wait_state("job-1", "exited")
        self.assertEqual(self.replica("job-1")["ExitCode"], 7)
        self.assertEqual(self.check_numbered("job"), 1000)

    def test_a_killed_supervisor_finds_everything_again(self):
        self.file({"counter": self.sh(COUNTER)})
        self.up()
        self.some_lines("counter")
        copies = self.one_copy("counter")
        for _ in range(2):
            pid = self.supervisor_pid()
            os.kill(pid, signal.SIGKILL)
            self.wait_for("it to end", lambda: not h.alive(pid))
            self.wait_state("counter-1", "running")
            self.some_lines("counter")
        self.assertEqual(self.copies("counter"), copies)
        self.consort("stop")
        self.check_numbered("counter")

    def test_33_a_start_whose_answer_is_lost_is_found_and_not_repeated(self):
        self.file({"web": self.sh("test -e $$HOME/stay || exit 1; echo up; exec sleep 1000", restart="always")})
        self.consort("up", "-d", check=False)
        # Once it waits to be restarted, what the host says is lost; what it is told still arrives.
        self.wait_for("a pause that is long enough", lambda: self.replica("web-1")["State"] in ("backoff", "restarting"))
        silence = ("OUTPUT", "-d", ALPHA.here, "-j", "DROP")
        run("ip", "netns", "exec", ALPHA.space, "iptables", "-w", "-A", *silence)
        open(os.path.join(ALPHA.home, "stay"), "w").close()
        try:
            self.wait_for("it to run", lambda: self.copies("web"))
            copies = self.copies("web")
            self.assertNotEqual(self.replica("web-1")["State"], "running")
            self.wait_for("the loss to be seen", lambda: self.replica("web-1")["State"] in ("backoff", "restarting", "unknown"))
        finally:
            run("ip", "netns", "exec", ALPHA.space, "iptables", "-w", "-D", *silence)
        self.wait_state("web-1", "running")
        self.assertEqual(self.copies("web"), copies)
        self.assertEqual(self.logs("web")[-1:], ["up"])

    def test_34_a_host_whose_key_has_changed_is_not_talked_to(self):
        self.file({"counter": self.sh(COUNTER)})
        self.up()
        self.some_lines("counter")
        copies = self.one_copy("counter")
        old = {suffix: open(os.path.join(ALPHA.dir, "host_key" + suffix)).read() for suffix in ("", ".pub")}
        ALPHA.stop()
        ALPHA.make_key("host_key")
        ALPHA.start()
        self.wait_state("counter-1", "unknown")
        status = self.wait_for("the reason", lambda: (lambda t: t if "SHA256:" in t else None)(self.consort("ps", "-a", "--format", "json").out))
        self.assertIn("known_hosts", status)
        self.assertEqual(self.copies("counter"), copies)
        failed = self.consort("stop", "-t", "1", check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertEqual(self.copies("counter"), copies)
        ALPHA.stop()
        for suffix, text in old.items():
            with open(os.path.join(ALPHA.dir, "host_key" + suffix), "w") as file:
                file.write(text)
        ALPHA.start()
        self.consort("stop")
        self.assertEqual(self.copies("counter"), set())
        self.check_numbered("counter")

    def test_34_a_key_that_is_no_longer_accepted_makes_it_unknown(self):
        self.file({"counter": self.sh(COUNTER), "other": self.sh("exec sleep 1000", host="beta")})
        self.up()
        self.some_lines("counter")
        copies = self.one_copy("counter")
        keys = os.path.join(ALPHA.dir, "authorized_keys")
        os.rename(keys, keys + ".away")
        ALPHA.kill_sessions()
        self.wait_state("counter-1", "unknown")
        self.wait_for("the reason", lambda: "cannot log in to alpha as root" in self.replica("counter-1")["Reason"])
        # It is not tried around: other failures are tried again and again in that time.
        self.assertEqual(ALPHA.said("Connection closed by authenticating user"), 1)
        self.addCleanup(BETA.restart)
        BETA.restart(ForceCommand="exit 1")
        before = BETA.said("Accepted publickey")
        self.wait_for("more tries there", lambda: BETA.said("Accepted publickey") >= before + 4)
        self.assertEqual(ALPHA.said("Connection closed by authenticating user"), 1)
        BETA.restart()
        os.rename(keys + ".away", keys)
        self.consort("start")
        self.wait_state("counter-1", "running")
        self.assertEqual(self.copies("counter"), copies)
        self.consort("stop")
        self.check_numbered("counter")

    def test_an_up_does_not_wait_for_what_a_person_must_mend(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        keys = os.path.join(ALPHA.dir, "authorized_keys")
        os.rename(keys, keys + ".away")
        ALPHA.kill_sessions()
        self.wait_for("the reason", lambda: "cannot log in to alpha as root" in self.replica("web-1")["Reason"])
        for option in ("-d", "--wait"):
            failed = self.consort("up", option, check=False)
            self.assertEqual(failed.code, 1, failed)
            self.assertRegex(failed.err, r"consort\.yaml:4:\d+: cannot start web-1: is unknown: cannot log in to alpha as root")
        failed = self.consort("exec", "-T", "web", "true", check=False)
        self.assertEqual(failed.code, 7, failed)
        self.assertIn("cannot reach web-1: it is unknown, cannot log in to alpha as root", failed.err)
        os.rename(keys + ".away", keys)
        self.consort("up", "--wait")  # what was refused is tried once more, at once
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_an_up_waits_for_a_lost_host_only_where_it_is_told_to(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        ALPHA.stop()
        self.wait_state("web-1", "unknown")
        done = self.consort("up", "-d")
        self.assertRegex(done.err, r"Service web-1  Unknown: cannot reach alpha \(.*Connection refused")
        late = self.consort("up", "--wait", "--wait-timeout", "2", check=False)
        self.assertEqual(late.code, 124, late)
        self.assertRegex(late.err, r"web-1: not done after 2s \(--wait-timeout\): unknown: cannot reach alpha \(.*Connection refused")
        waits = self.spawn("up", "--wait", text=True)
        line = self.wait_for("it to say what it waits for", lambda: (lambda l: l if "cannot reach" in l else None)(waits.stderr.readline()))
        self.assertIn("Service web-1  Unknown: cannot reach alpha", line)
        ALPHA.start()
        self.assertEqual(waits.wait(h.DEADLINE), 0)
        self.assertEqual(self.replica("web-1")["State"], "running")

    def sleepers(self, *seconds):
        """The processes `sleep N`."""
        wanted = [f"sleep\0{n}\0".encode() for n in seconds]
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if open(f"/proc/{pid}/cmdline", "rb").read() in wanted:
                    found.append(int(pid))
            except OSError:
                continue
        return found

    def test_a_command_whose_connection_is_lost_says_so_and_is_ended_later(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        command = self.spawn("exec", "-T", "web", "sleep", "98701", text=True)
        self.wait_for("it to run", lambda: self.sleepers(98701))
        ALPHA.cut()
        _, err = command.communicate(timeout=h.DEADLINE)
        self.assertNotEqual(command.returncode, 0)
        self.assertIn("the connection was lost while it ran: cannot reach alpha: ", err)
        self.assertEqual(len(self.sleepers(98701)), 1)
        ALPHA.join()
        self.wait_for("it to be ended", lambda: not self.sleepers(98701))
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_long_commands_leave_room_for_probes_and_can_be_given_up(self):
        probe = {"test": ["CMD-SHELL", "echo >>$$HOME/probes"], "interval": "100ms", "timeout": "30s"}
        self.file({"web": self.sh("exec sleep 1000", healthcheck=probe)})
        self.up()
        numbers = range(98711, 98721)  # MaxSessions is 10: the relay's, one for probes, eight for these
        commands = {n: self.spawn("exec", "-T", "web", "sleep", str(n)) for n in numbers}
        self.wait_for("eight of them", lambda: len(self.sleepers(*numbers)) == 8)
        probes = os.path.join(ALPHA.home, "probes")
        count = lambda: os.path.getsize(probes) if os.path.exists(probes) else 0  # the first may come after the commands
        seen = count()
        self.wait_for("more probes", lambda: count() > seen + 5)
        running = {n for n in numbers if self.sleepers(n)}
        self.assertEqual(len(running), 8)
        for n in set(numbers) - running:
            commands[n].terminate()
            commands[n].wait()
        ended = min(running)
        os.kill(self.sleepers(ended)[0], signal.SIGTERM)
        self.assertEqual(commands[ended].wait(), 143)
        self.assertEqual(self.consort("exec", "-T", "web", "echo", "room").out, "room\n")
        self.assertEqual({n for n in numbers if self.sleepers(n)}, running - {ended})

    def test_a_probe_that_finds_no_room_is_overdue(self):
        self.addCleanup(ALPHA.restart)
        ALPHA.restart(MaxSessions=2)
        probe = {"test": ["CMD", "test", "-e", os.path.join(ALPHA.home, "busy")], "interval": "100ms", "timeout": "500ms", "retries": 1}
        self.file({"web": self.sh("exec sleep 1000", healthcheck=probe)})
        self.up()
        self.wait_state("web-1", "running")
        self.spawn("exec", "-T", "web", "sh", "-c", "touch $HOME/busy; sleep 98731")
        row = self.wait_for("the reason", lambda: (lambda r: r if "MaxSessions" in r["Reason"] else None)(self.replica("web-1")))
        self.assertEqual(row["Health"], "unhealthy")
        os.kill(self.sleepers(98731)[0], signal.SIGTERM)
        self.wait_for("its health", lambda: self.replica("web-1")["Health"] == "healthy")

    def test_a_host_is_asked_for_a_word_however_seldom_the_person_wants_it(self):
        self.write_config("Host alpha\n  ServerAliveInterval 1000\n")
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        sent = lambda: int(re.search(r"bytes_sent:(\d+)", run("ss", "-Htni", "dst", ALPHA.address).stdout)[1])
        quiet = self.wait_for("silence", lambda: (lambda n: n if sent() == n else None)(sent()))
        self.wait_for("a word", lambda: sent() > quiet)  # well before its relay gives us up, after 90 s
        self.assertEqual(self.replica("web-1")["State"], "running")

    def test_35_a_restarted_host_is_no_success(self):
        self.file({"job": self.sh("exec sleep 1000")})
        self.up()
        self.wait_state("job-1", "running")
        ALPHA.cut()
        self.wait_state("job-1", "unknown")
        root = os.path.join(ALPHA.home, ".local/state/consort/remote")
        records = [os.path.join(folder, "record") for folder, _, names in os.walk(root) if "record" in names]
        self.assertEqual(len(records), 1)
        lines = open(records[0]).read().splitlines()
        for line in lines:  # as a reboot leaves it: nothing runs, and the boot is another
            if line.startswith(("shim ", "child ")):
                os.kill(int(line.split()[1]), signal.SIGKILL)
        self.wait_for("all to be dead", lambda: not self.copies("job"))
        with open(records[0], "w") as file:
            file.writelines(("boot_id another" if l.startswith("boot_id") else l) + "\n" for l in lines)
        ALPHA.join()
        self.wait_for("its end", lambda: self.replica("job-1")["State"] not in ("unknown", "running"))
        row = self.replica("job-1")
        self.assertNotEqual(row["ExitCode"], 0)

    def test_35_a_full_disk_is_told_and_starts_nothing(self):
        run("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", ALPHA.home)
        try:
            ALPHA.stop()
            ALPHA.start()  # in a mount namespace that has it
            self.file({"web": self.sh("exec sleep 1000")})
            failed = self.consort("up", "-d", check=False)
            self.assertNotEqual(failed.code, 0)
            self.assertIn("No space left on device", failed.err)
            self.assertIn("alpha", failed.err)
            self.assertEqual(self.copies("web"), set())
        finally:
            ALPHA.stop()
            run("umount", ALPHA.home)
            ALPHA.start()

    def test_36_a_down_that_cannot_reach_a_host_says_so_and_is_done_later(self):
        self.file({"web": self.sh("exec sleep 1000"), "other": self.sh("exec sleep 1000", host="beta")})
        self.up()
        ALPHA.cut()
        failed = self.consort("down", "-t", "1", check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertIn("alpha", failed.err)
        self.assertEqual(len(self.copies("web")), 1)
        self.assertEqual(self.copies("other"), set())
        ALPHA.join()
        self.wait_for("the debt to be paid", lambda: not self.copies("web"))
        self.consort("down")
        for host in (ALPHA, BETA):
            self.assertEqual(host.files(), shim_files(host))

    def test_36_even_if_the_supervisor_is_killed_meanwhile(self):
        self.file({"web": self.sh("exec sleep 1000")})
        self.up()
        ALPHA.cut()
        self.assertNotEqual(self.consort("down", "-t", "1", check=False).code, 0)
        pid = self.supervisor_pid()
        os.kill(pid, signal.SIGKILL)
        self.wait_for("it to end", lambda: not h.alive(pid))
        ALPHA.join()
        self.consort("down")
        self.assertEqual(self.copies("web"), set())
        self.assertEqual(ALPHA.files(), shim_files(ALPHA))


if __name__ == "__main__":
    main()
