"""What cannot work is told at the service's line, with the host and the cause, before anything starts."""
import os
import shutil

from hosts import PORT, Hosts, RemoteTest, main, run, shim_files

HOSTS = Hosts("alpha")
ALPHA = HOSTS.alpha


class Errors(RemoteTest):
    hosts = HOSTS

    def refused(self, service, *texts):
        self.file({"web": service})
        failed = self.consort("up", "-d", check=False)
        self.assertNotEqual(failed.code, 0, failed)
        self.assertRegex(failed.err, r"consort\.yaml:[4-6]:\d")  # at the service or at the key that it is about
        for text in texts:
            self.assertIn(text, failed.err)
        if "cannot start" in failed.err:
            self.assertEqual(self.ps(), {})

    def web(self, **more):
        return {"host": "alpha", "command": "sleep 1000", **more}

    def test_no_such_program(self):
        self.refused(self.web(command="nothing-here"), "on alpha: cannot run nothing-here: it is not in PATH (")

    def test_no_permission(self):
        path = os.path.join(ALPHA.home, "text")
        open(path, "w").close()
        self.refused(self.web(command=[path]), f"on alpha: cannot run {path}: Permission denied")

    def test_a_program_of_another_machine(self):
        self.write("tool", "\x7fELF for another machine", 0o755)
        path = shutil.copy(os.path.join(self.work, "tool"), ALPHA.home)
        for service, program in ((self.web(command=[path]), path), ({"host": "alpha", "binary": {"upload": "./tool"}}, r"\S*tool")):
            self.file({"web": service})
            failed = self.consort("up", "-d", check=False)
            self.assertEqual(failed.code, 1, failed)
            self.assertRegex(failed.err, rf"consort\.yaml:4:\d+: cannot start web-1: cannot start {program} on alpha: exec: Exec format error")

    def test_no_shell(self):
        def restart(missing):
            ALPHA.stop()
            ALPHA.missing = missing
            ALPHA.start()
        self.addCleanup(restart, None)
        restart("/bin/sh")
        self.refused(self.web(), "cannot start the shim on alpha: ", "/bin/sh: ")

    def forced(self, command):
        """Whatever is asked for over there, this is run."""
        self.addCleanup(ALPHA.restart)
        ALPHA.restart(ForceCommand=command)

    def test_a_host_that_says_other_things_without_an_end(self):
        self.forced("yes")
        self.refused(self.web(), "cannot start the shim on alpha: its shell says other things without an end")

    def test_a_host_that_promises_too_much(self):
        self.forced("printf 'consort-ssh: relay\\n0 ok 99999999999999\\n'; exec cat /dev/zero")
        self.refused(self.web(), "cannot use alpha: it does not speak the relay's protocol")

    def test_an_account_without_a_shell(self):
        self.forced("echo This account is not available.; exit 1")
        self.refused(self.web(), "cannot start the shim on alpha: This account is not available.")

    def test_a_host_that_takes_no_keys(self):
        self.addCleanup(ALPHA.restart)
        ALPHA.restart(PubkeyAuthentication="no", PasswordAuthentication="yes")
        self.refused(self.web(), "tried no key; the host takes password, and only keys are used here")

    def test_what_a_host_says_commands_no_terminal(self):
        self.forced("printf 'consort-ssh: failed \\033]0;owned\\007\\n'")
        self.refused(self.web(), "cannot start the shim on alpha: ^[]0;owned^G")

    def test_a_host_that_says_nothing(self):
        self.forced("exec sleep 1000")
        self.write_config("Host alpha\n  ConnectTimeout 1\n")
        self.refused(self.web(), "cannot reach alpha: its shell has not started the shim within 6 s")

    def test_a_folder_of_the_shim_that_others_may_write(self):
        self.file({"web": self.web()})
        self.up()
        self.consort("down")
        folder = os.path.join(ALPHA.home, ".cache/consort")
        os.chmod(folder, 0o777)
        self.up()
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        self.consort("down")
        os.chown(folder, 12345, 12345)
        self.refused(self.web(), f"cannot start the shim on alpha: {folder} belongs to another user")
        os.chown(folder, 0, 0)

    def test_no_such_folder(self):
        self.refused(self.web(working_dir="/nowhere"), "on alpha: cannot use working_dir /nowhere: No such file or directory")

    def test_no_such_host(self):
        self.write_config("Host lost\n  HostName lost.invalid\n")
        self.refused(self.web(host="lost"), "cannot reach lost (lost.invalid:22): ")

    def test_nobody_listens(self):
        self.write_config(f"Host deaf\n  HostName {ALPHA.address}\n  Port 4\n")
        self.refused(self.web(host="deaf"), f"cannot reach deaf ({ALPHA.address}:4): Connection refused")

    def test_no_route(self):
        route = ("unreachable", f"{ALPHA.address}/32")
        run("ip", "route", "add", *route)
        try:
            self.refused(self.web(), f"cannot reach alpha ({ALPHA.address}:{PORT}): No route to host")
        finally:
            run("ip", "route", "del", *route)

    def test_a_host_that_is_down(self):
        ALPHA.cut()
        self.write_config("Host alpha\n  ConnectTimeout 30\n")  # the neighbours' own patience is 3 s
        self.refused(self.web(), f"cannot reach alpha ({ALPHA.address}:{PORT}): No route to host")

    def test_no_answer_within_the_time_that_the_person_gives(self):
        self.write_config("Host alpha\n  ConnectTimeout 1\n")
        ALPHA.drop()
        try:
            self.refused(self.web(), f"cannot reach alpha ({ALPHA.address}:{PORT}): no answer within 1 s")
        finally:
            ALPHA.drop(False)

    def test_an_unknown_host_is_refused_with_its_fingerprint_and_what_to_do(self):
        os.unlink(os.path.join(self.home, ".ssh", "known_hosts"))
        fingerprint = run("ssh-keygen", "-lf", os.path.join(ALPHA.dir, "host_key.pub")).stdout.split()[1]
        self.refused(self.web(), "alpha", fingerprint, "consort ssh trust")

    def test_a_wrong_key_is_final(self):
        other = os.path.join(self.dir, "other")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
        key = open(other + ".pub").read().split()[1]
        with open(os.path.join(self.home, ".ssh", "known_hosts"), "w") as file:
            file.write(f"[{ALPHA.address}]:{PORT} ssh-ed25519 {key}\n")
        self.refused(self.web(), ALPHA.address, "known_hosts:1")

    def test_no_key_is_accepted(self):
        for suffix in ("", ".pub"):
            os.unlink(self.identity + suffix)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.identity)
        self.refused(self.web(), "cannot log in to alpha as root: tried ", "id_ed25519", "the host takes publickey")

    def test_a_host_that_has_had_enough_of_our_keys(self):
        self.addCleanup(ALPHA.restart)
        ALPHA.restart(MaxAuthTries=1)
        other = os.path.join(self.dir, "other")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
        self.write_config(f"Host alpha\n  IdentityFile {other}\n  IdentityFile {self.identity}\n")
        self.refused(self.web(), f"cannot log in to alpha as root: tried {other}; the host says: Too many authentication failures")

    def test_no_host(self):
        self.refused({"runtime": "remote", "command": "sleep 1000"}, "host")

    def test_a_keyword_that_would_lead_elsewhere_is_named(self):
        self.write_config("Host alpha\n  ProxyCommand nc %h %p\n")
        self.refused(self.web(), "ProxyCommand")

    def test_no_file_to_upload(self):
        self.refused({"host": "alpha", "binary": {"upload": "./missing"}}, "cannot upload", "missing: No such file or directory")


class Upload(RemoteTest):
    hosts = HOSTS

    def test_a_program_of_this_machine_is_put_there_when_it_differs(self):
        self.write("tool", "#!/bin/sh\necho \"$0 $1\"; exec sleep 1000\n", 0o755)
        self.file({"web": {"host": "alpha", "binary": {"upload": "./tool"}, "args": ["one"]},
                   "too": {"host": "alpha", "binary": {"upload": "tool"}, "args": ["two"]}})
        self.up()
        self.wait_for("both", lambda: len(self.logs()) == 2)
        paths = {line.split()[0] for line in self.logs()}
        self.assertEqual(len(paths), 1)
        before = os.stat(paths.pop())
        self.consort("restart", "web")
        self.wait_for("the third", lambda: len(self.logs()) == 3)
        after = os.stat(self.logs("web")[-1].split()[0])
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))
        self.write("tool", "#!/bin/sh\necho \"new $1\"; exec sleep 1000\n", 0o755)
        self.consort("restart", "web")
        self.wait_for("the new one", lambda: "new one" in self.logs("web"))
        self.consort("down")
        self.assertEqual(ALPHA.files(), shim_files(ALPHA))

    def test_the_example_runs(self):
        folder = os.path.join(os.environ["CONSORT_SOURCE_DIR"], "examples", "remote")
        for name in os.listdir(folder):
            shutil.copy(os.path.join(folder, name), self.work)
        self.env["WORKER_HOST"] = "alpha"
        self.name = "remote"
        self.up()
        self.wait_state("report-1", "exited")
        self.assertEqual(len(self.logs("count")), 3)
        self.assertEqual(self.logs("report"), ["the other host has counted"])
        self.consort("down")


if __name__ == "__main__":
    main()
