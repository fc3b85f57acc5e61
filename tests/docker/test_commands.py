"""`consort create`, `rm`, `pause`, `unpause`, `top` and `cp` with containers."""
import io
import json
import os
import signal
import stat
import subprocess
import tarfile
import unittest

from engine import IMAGE, DockerTest, main
from harness import CONSORT, DEADLINE
from terminal import Terminal

SLEEP = {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"}


class Create(DockerTest):
    def test_create_makes_containers_that_start_takes(self):
        self.file({"a": {**SLEEP, "volumes": ["data:/data"]}, "b": {**SLEEP, "depends_on": ["a"]},
                   "native": {"runtime": "process", "command": "sleep 1000"}}, volumes={"data": {}})
        result = self.consort("create")
        self.assertIn("Service a-1  Created", result.err)
        made = self.container("a")
        self.assertEqual((made["State"]["Status"], self.replica("a-1")["State"]), ("created", "created"))
        self.assertEqual(self.replica("native-1")["Status"], "Created")
        self.assertEqual(self.consort("ps", "--format", "json").out, "")
        self.consort("create")
        self.assertEqual(self.container("a")["Id"], made["Id"])
        self.consort("start", "b")
        self.assertEqual(self.container("a")["Id"], made["Id"])
        self.assertEqual({n: r["State"] for n, r in self.ps().items()},
                         {"a-1": "running", "b-1": "running", "native-1": "created"})

    def test_what_has_changed_since_is_made_anew_and_what_runs_is_left_alone(self):
        self.file({"a": SLEEP, "b": SLEEP})
        self.consort("up", "--no-start")
        first = self.container("a")["Id"]
        self.consort("start", "b")
        running = self.container("b")["Id"]
        changed = {**SLEEP, "environment": {"A": "b"}}
        self.file({"a": changed, "b": changed})
        self.consort("create")
        self.assertNotEqual(self.container("a")["Id"], first)
        self.assertEqual(self.container("a")["State"]["Status"], "created")
        self.assertEqual(self.container("b")["Id"], running)
        self.up("-t", "0")
        self.assertEqual(self.consort("exec", "a", "sh", "-c", "echo $A").out, "b\n")
        self.assertNotEqual(self.container("b")["Id"], running)

    def test_what_cannot_be_made_is_named_and_leaves_nothing(self):
        compose = {"type": "bind", "source": "/no/such/place", "target": "/x", "bind": {"create_host_path": False}}
        self.file({"a": {**SLEEP, "volumes": [compose]}, "b": SLEEP})
        result = self.consort("create", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot create a-1: .*no/such/place")
        self.assertEqual(sorted(self.ps()), ["b-1"])
        self.file({"a": {"image": "none:1", "pull_policy": "never"}})
        self.assertIn("image none:1 is not there", self.consort("create", check=False).err)


class Attach(DockerTest):
    def test_a_line_that_is_not_whole_is_shown(self):
        script = "while read x; do printf 'name? '; read y; echo hi $$y; echo err >&2; exit 3; done"
        self.file({"a": {"image": IMAGE, "command": ["sh", "-c", script], "stdin_open": True}})
        self.up()
        attach = self.spawn("attach", "a", stdin=subprocess.PIPE, bufsize=0)
        attach.stdin.write(b"go\n")
        self.assertEqual(attach.stdout.read(6), b"name? ")
        done = self.consort("attach", "a", stdin="you\n", check=False)
        self.assertEqual((done.code, done.out, done.err), (3, "hi you\n", "err\n"))
        self.assertEqual((attach.communicate(timeout=DEADLINE), attach.returncode), ((b"hi you\n", b"err\n"), 3))
        self.assertEqual(sorted(self.consort("logs", "--no-log-prefix", "a").out.splitlines()), ["err", "name? hi you"])

    def test_a_terminal_and_the_keys_that_detach(self):
        self.file({"a": {"image": IMAGE, "command": "sh", "tty": True, "stdin_open": True, "environment": {"PS1": "your turn: "}}})
        self.up()
        terminal = Terminal(self, "attach", "a", rows=33, columns=101)
        terminal.send("\n")
        terminal.expect("your turn: ")
        terminal.send("while [ \"$(stty size)\" != '33 101' ]; do sleep 0.05; done; echo si''zed\n")
        terminal.expect("sized")
        terminal.send("\x10\x11")
        self.assertEqual(terminal.end(), 0)
        last = Terminal(self, "attach", "a")
        last.send("exit 5\n")
        self.assertEqual(last.end(), 5)

    def test_without_input_it_is_shown_and_interrupted(self):
        script = "trap 'echo interrupted; exit 4' INT; while :; do echo tick; sleep 0.05; done"
        self.file({"a": {"image": IMAGE, "command": ["sh", "-c", script]}})
        self.up()
        attach = self.spawn("attach", "a", text=True)
        self.assertEqual(attach.stdout.readline(), "tick\n")
        attach.send_signal(signal.SIGINT)
        out, _ = attach.communicate(timeout=DEADLINE)
        self.assertEqual((attach.returncode, out.splitlines()[-1]), (4, "interrupted"))


class Remove(DockerTest):
    def test_rm_removes_what_does_not_run(self):
        self.file({"a": SLEEP, "b": SLEEP})
        self.up()
        self.assertIn("nothing to remove", self.consort("rm", "-f").err)
        self.consort("stop", "a")
        result = self.consort("rm", stdin="n\n")
        self.assertIn("Going to remove a-1\nAre you sure? [yN]", result.err)
        self.assertIn("a-1", self.ps())
        self.consort("rm", stdin="y\n")
        self.assertEqual((sorted(self.ps()), self.container("a")), (["b-1"], None))
        self.consort("rm", "-f", "-s")
        self.assertEqual((self.ps(), self.engine.containers(self.name)), ({}, []))
        self.up("b")
        self.assertEqual(self.replica("b-1")["State"], "running")

    def test_volumes_without_a_name_go_when_asked(self):
        self.file({"a": {**SLEEP, "volumes": ["/anonymous", "data:/data"]}}, volumes={"data": {}})
        kept = []
        for options, gone in ((("-f", "-s"), False), (("-f", "-s", "-v"), True)):
            self.up()
            anonymous = [m["Name"] for m in self.container("a")["Mounts"] if m["Destination"] == "/anonymous"][0]
            self.consort("rm", *options)
            self.assertEqual(self.engine.call("GET", f"/volumes/{anonymous}")[0], 404 if gone else 200)
            self.assertEqual(self.engine.call("GET", f"/volumes/{self.name}_data")[0], 200)
            kept += [] if gone else [anonymous]
        self.consort("down", "-v")
        for name in kept:
            self.assertEqual(self.engine.call("GET", f"/volumes/{name}")[0], 404)


class Pause(DockerTest):
    def test_pause_halts_the_container_and_stop_ends_it_all_the_same(self):
        self.file({"a": {"image": IMAGE, "command": ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"]},
                   "b": SLEEP})
        self.up()
        self.assertIn("Service a-1  Paused", self.consort("pause", "a").err)
        self.assertTrue(self.container("a")["State"]["Paused"])
        row = self.replica("a-1")
        self.assertEqual(row["State"], "paused")
        self.assertTrue(row["Status"].endswith("(Paused)"), row)
        self.assertEqual(sorted(self.ps("--status", "paused")), ["a-1"])
        self.consort("pause", "a")  # is so already
        self.consort("unpause")
        self.assertFalse(self.container("a")["State"]["Paused"])
        self.assertEqual(self.replica("a-1")["State"], "running")
        self.consort("pause")
        self.consort("supervisor", "restart")
        self.assertEqual(self.replica("a-1")["State"], "paused")
        self.consort("stop", "a")
        self.assertEqual(self.replica("a-1")["ExitCode"], 7)

    def test_what_others_pause_is_seen_and_goes_on(self):
        self.file({"a": SLEEP, "b": SLEEP})
        self.up()

        def halt(how, state):
            self.assertEqual(self.engine.call("POST", f"/containers/{self.name}-a-1/{how}")[0], 204)
            self.wait_for(f"{state} after {how}", lambda: self.replica("a-1")["State"] == state)

        halt("pause", "paused")
        self.assertTrue(self.replica("a-1")["Status"].endswith("(Paused)"))
        self.assertEqual(self.replica("b-1")["State"], "running")
        self.consort("unpause", "a")
        self.assertFalse(self.container("a")["State"]["Paused"])
        self.assertEqual(self.replica("a-1")["State"], "running")
        halt("pause", "paused")
        halt("unpause", "running")
        self.kill_supervisor()
        self.assertEqual(self.engine.call("POST", f"/containers/{self.name}-a-1/pause")[0], 204)
        self.up()
        self.assertEqual(self.replica("a-1")["State"], "paused")
        self.kill_supervisor()
        self.assertEqual(self.engine.call("POST", f"/containers/{self.name}-a-1/unpause")[0], 204)
        self.up()
        self.assertEqual(self.replica("a-1")["State"], "running")

    def test_an_unknown_service(self):
        self.file({"a": SLEEP})
        self.up()
        result = self.consort("pause", "x", check=False)
        self.assertEqual(result.code, 4, result)
        self.assertIn("cannot pause x", result.err)


class Run(DockerTest):
    def test_options_reach_the_container(self):
        self.write("dir/word", "mounted\n")
        self.file({"a": {"image": IMAGE, "entrypoint": ["echo", "own"], "cap_add": ["NET_ADMIN", "SYS_TIME"],
                         "labels": {"x": "1", "y": "2"}, "ports": ["127.0.0.1::80"], "stop_grace_period": "0s"}})
        name = f"{self.name}-run"
        self.consort("run", "-d", "--name", name, "-l", "y=3", "--label", "z", "--cap-add", "SYS_NICE", "--cap-drop",
                     "NET_ADMIN", "-v", "./dir:/dir:ro", "-p", "127.0.0.1::81", "--entrypoint", "sleep", "a", "1000")
        made = self.engine.inspect(name)
        host, config = made["HostConfig"], made["Config"]
        self.assertEqual((config["Entrypoint"], config["Cmd"]), (["sleep"], ["1000"]))
        self.assertEqual([config["Labels"].get(key) for key in "xyz"], ["1", "3", ""])
        self.assertEqual(sorted(cap.removeprefix("CAP_") for cap in host["CapAdd"]), ["SYS_NICE", "SYS_TIME"])
        self.assertEqual([cap.removeprefix("CAP_") for cap in host["CapDrop"]], ["NET_ADMIN"])
        self.assertEqual(sorted(host["PortBindings"]), ["81/tcp"])
        self.assertIn(("/dir", False), [(m["Destination"], m["RW"]) for m in made["Mounts"]])
        both = f"{self.name}-both"
        self.consort("run", "-d", "-P", "-p", "127.0.0.1::81", "--name", both, "--entrypoint", "sleep", "a", "1000")
        self.assertEqual(sorted(self.engine.inspect(both)["HostConfig"]["PortBindings"]), ["80/tcp", "81/tcp"])
        self.assertEqual(self.consort("run", "--rm", "-T", "-v", "./dir:/dir", "--entrypoint", "cat", "a", "/dir/word").out,
                         "mounted\n")
        self.assertEqual(self.consort("run", "--rm", "-T", "a", "words").out, "own words\n")
        refused = self.consort("run", "-v", "nosuch:/x", "a", check=False)
        self.assertEqual(refused.code, 3, refused)
        self.assertRegex(refused.err, r"command line:1:\d+: .*nosuch")
        refused = self.consort("run", "--pull", "never", "--entrypoint", "true", "a", check=False)
        self.assertEqual(refused.code, 0, refused)

    def test_exec_privileged(self):
        self.file({"a": SLEEP})
        self.up()
        words = ("a", "grep", "CapEff", "/proc/self/status")
        plain = self.consort("exec", "-T", *words).out.split()
        result = self.consort("exec", "-T", "--privileged", *words, check=False)
        if result.code == 126:  # an engine that has not all rights itself cannot give them
            self.assertIn("caps", result.out)
        else:
            self.assertGreater(int(result.out.split()[1], 16), int(plain[1], 16), result)


class Renew(DockerTest):
    def test_anonymous_volumes_go_on_unless_they_are_renewed(self):
        self.file({"a": {**SLEEP, "volumes": ["/kept"]}})
        self.up()
        mount = lambda: self.container("a")["Mounts"][0]["Name"]
        first = mount()
        self.consort("exec", "-T", "a", "touch", "/kept/file")
        self.up("--force-recreate")
        self.assertEqual(mount(), first)
        self.up("-V")  # nothing is replaced
        self.assertEqual(mount(), first)
        self.up("--force-recreate", "-V")
        second = mount()
        self.assertNotEqual(second, first)
        self.assertEqual(self.consort("exec", "-T", "a", "ls", "/kept").out, "")
        self.up("--force-recreate")
        self.assertEqual(mount(), second)
        self.consort("down", "-v")
        left = {volume["Name"] for volume in self.engine.get("/volumes")["Volumes"] or []}
        self.assertEqual(left & {first, second}, set())


class Top(DockerTest):
    def test_top_shows_the_processes_of_both_sides(self):
        self.file({"a": SLEEP, "native": {"runtime": "process", "command": "sleep 1234"}})
        self.up()
        rows = json.loads(self.consort("top", "--format", "json").out)
        self.assertEqual({row["Service"]: row["CMD"] for row in rows}, {"a": "sleep 1000", "native": "sleep 1234"})
        table = self.consort("top", "a").out.splitlines()
        self.assertEqual(table[0].split()[:4], ["SERVICE", "#", "UID", "PID"])
        self.assertEqual((len(table), table[1].split()[:2]), (2, ["a", "1"]))


class Copy(DockerTest):
    def setUp(self):
        super().setUp()
        self.file({"a": {**SLEEP, "deploy": {"replicas": 2}}, "native": {"runtime": "process", "command": "sleep 1000"}})
        self.up()

    def sh(self, command, index="1"):
        return self.consort("exec", "--index", index, "a", "sh", "-c", command).out

    def path(self, name):
        return os.path.join(self.work, name)

    def test_files_and_folders_into_the_service(self):
        self.write("dir/one", "1")
        self.write("dir/sub/two", "2", 0o755)
        self.write("file", "f")
        os.symlink("file", self.path("link"))
        self.consort("cp", "file", "a:/tmp")
        self.consort("cp", "./file", "a:tmp/renamed")
        for index in ("1", "2"):
            self.assertEqual(self.sh("cat /tmp/file /tmp/renamed", index), "ff")
        self.consort("cp", "dir", "a:/tmp")
        self.consort("cp", "dir", "a:/tmp/made")
        self.consort("cp", "dir/.", "a:/run")
        self.assertEqual(self.sh("cat /tmp/dir/sub/two /tmp/made/one /run/one; test -x /run/sub/two && echo x"), "211x\n")
        self.assertEqual(self.sh("stat -c %u /tmp/file"), "0\n")
        self.consort("cp", "--index", "1", "link", "a:/tmp/as-link")
        self.consort("cp", "--index", "1", "-L", "link", "a:/tmp/as-file")
        self.assertEqual(self.sh("readlink /tmp/as-link; cat /tmp/as-file"), "file\nf")
        os.chown(self.path("file"), 1234, 1234)
        self.consort("cp", "-a", "file", "a:/tmp/owned")
        self.assertEqual(self.sh("stat -c %u:%g /tmp/owned"), "1234:1234\n")

    def test_out_of_the_service(self):
        self.sh("mkdir -p /d/sub; echo one > /d/one; echo two > /d/sub/two; chmod 600 /d/one; ln -s one /d/link; ln -s /d /dl")
        os.mkdir(self.path("here"))
        self.consort("cp", "a:/d", "here")
        self.consort("cp", "a:/d", "made")
        self.consort("cp", "a:/d/.", "here")
        self.consort("cp", "a:/d/one", "here/renamed")
        for name in ("here/d/one", "made/one", "here/one", "here/renamed"):
            self.assertEqual(open(self.path(name)).read(), "one\n", name)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("made/one")).st_mode), 0o600)
        self.assertEqual(os.readlink(self.path("made/link")), "one")
        self.consort("cp", "a:/dl", "still-a-link")
        self.assertEqual(os.readlink(self.path("still-a-link")), "/d")
        self.consort("cp", "-L", "a:/dl", "followed")
        self.assertEqual(open(self.path("followed/sub/two")).read(), "two\n")

    def test_archives_on_the_standard_streams(self):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("big")
            entry.size, entry.uid = 3_000_000, 77
            tar.addfile(entry, io.BytesIO(b"x" * entry.size))
        done = subprocess.run([CONSORT, "cp", "-", "a:/tmp"], cwd=self.work, env=self.env, input=packed.getvalue(),
                              capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.sh("stat -c '%s %u' /tmp/big"), "3000000 77\n")
        done = subprocess.run([CONSORT, "cp", "a:/tmp/big", "-"], cwd=self.work, env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            self.assertEqual(tar.extractfile("big").read(), b"x" * 3_000_000)

    def test_a_stopped_service_has_its_files(self):
        self.sh("echo kept > /tmp/file")
        self.consort("stop", "a")
        self.consort("cp", "a:/tmp/file", "got")
        self.assertEqual(open(self.path("got")).read(), "kept\n")
        self.consort("cp", "got", "a:/tmp/back")
        self.consort("start", "a")
        self.assertEqual(self.sh("cat /tmp/back"), "kept\n")

    def test_refusals(self):
        self.write("dir/one", "1")
        self.sh("echo x > /tmp/file")
        for words, code, text in (
                (("a:/none", "x"), 4, "there is no /none in a-1"),
                (("a:/proc/version", "x"), 3, "the engine copies nothing of /dev, /proc and /sys"),
                (("a:/dev/null", "x"), 3, "cannot copy /dev/null"),
                (("none", "a:/tmp"), 4, "there is no none"),
                (("dir", "a:/tmp/file"), 3, "is a file"),
                (("dir/one", "a:/none/x"), 4, "/none"),
                (("native:/etc/passwd", "x"), 8, "runtime process has no files of its own"),
                (("x:/etc", "y"), 4, "x"),
                (("dir", "other"), 2, "SERVICE:PATH"),
                (("--index", "7", "a:/etc", "y"), 4, "replica 7")):
            with self.subTest(words=words):
                result = self.consort("cp", *words, check=False)
                self.assertEqual(result.code, code, result)
                self.assertIn(text, result.err)

    def test_an_archive_cannot_lead_out_of_the_folder(self):
        outside = os.path.join(self.dir, "outside")
        os.mkdir(outside)
        os.makedirs(self.path("into/d"))
        os.symlink(outside, self.path("into/d/sub"))
        self.sh("mkdir -p /d/sub; echo x > /d/sub/file")
        self.consort("cp", "a:/d", "into", check=False)
        self.assertEqual(os.listdir(outside), [])


if __name__ == "__main__":
    main()
