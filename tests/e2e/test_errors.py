"""Bad input: a clear error with its place and its cause, a documented exit code, nothing started."""
import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys

from harness import CONSORT, ProjectTest, free_port, main

SLEEP = ["sleep", "1000"]


def exchange(one, other):
    """Both at once: whoever watches one of the names finds no moment without it."""
    at_cwd, flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(at_cwd, one.encode(), at_cwd, other.encode(), flag) != 0:
        raise OSError(ctypes.get_errno(), "cannot exchange", one)


class Errors(ProjectTest):
    def refused(self, *args, code=None, says=(), env=None):
        result = self.consort(*(args or ("up", "-d")), check=False, env=env)
        self.assertNotEqual(result.code, 0, result)
        if code is not None:
            self.assertEqual(result.code, code, result)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, result.err)
        self.assertEqual(self.survivors_of_services(), [])
        return result

    def survivors_of_services(self):
        mark = f"CONSORT_INSTANCE={self.name}/".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if mark in open(f"/proc/{pid}/environ", "rb").read():
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def test_no_file(self):
        self.refused(says="consort.yaml")

    def test_not_yaml(self):
        self.write("consort.yaml", "services: [\n  web: }\n")
        self.refused(code=3, says="consort.yaml:2:")

    def test_wrong_types_and_unknown_keys_all_at_once(self):
        self.write("consort.yaml", "services:\n  web:\n    comand: sleep 1\n    command: sleep 1\n    tty: maybe\n"
                                   "  db:\n    command: sleep 1\n    depends_on: [web, wbe]\n")
        result = self.refused(code=3)
        self.assertIn("consort.yaml:3:5: ", result.err)
        self.assertIn('"command"', result.err)
        self.assertIn("consort.yaml:5:10: ", result.err)
        self.assertIn("consort.yaml:8:", result.err)

    def test_what_runs_is_found_although_the_file_has_been_damaged_since(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        # The project's name is still to be had: what is wrong with its services is no matter here.
        self.write("consort.yaml", f"name: {self.name}\nservices:\n  web:\n    comand: sleep 1\n")
        result = self.consort("ps", "-q")
        self.assertIn("web", result.out)
        self.assertEqual(result.err, "")
        # Not YAML: the folder is all there is to go by.
        self.write("consort.yaml", "services: [\n  web: }\n")
        result = self.consort("down")
        self.assertIn(f"going on with project {self.name}, which was started from here", result.err)
        self.assertIn("consort.yaml:2:", result.err)
        self.assertEqual(self.survivors_of_services(), [])

    def test_a_cycle_is_named_in_full(self):
        self.file({n: {"command": SLEEP, "depends_on": [d]} for n, d in (("a", "b"), ("b", "c"), ("c", "a"))})
        self.refused(code=3, says="a -> b -> c -> a")

    def test_missing_binaries_are_all_reported_and_nothing_starts(self):
        path = self.write("plain", "text")
        self.write("consort.yaml", "services:\n"
                   "  ok: {command: [sh, -c, 'touch started; sleep 1000']}\n"
                   "  a:\n    umask: '022'\n    command: [no-such-program-a]\n"
                   "  b: {binary: ./missing}\n"
                   f"  c: {{umask: '022', binary: {path}}}\n")
        result = self.refused(says=["no-such-program-a", "missing", "not executable"])
        for place, name in (("5:5", "a"), ("6:7", "b"), ("7:21", "c")):
            self.assertRegex(result.err, rf"consort\.yaml:{place}: cannot start {name}: ")
        self.assertFalse(os.path.exists(os.path.join(self.work, "started")))

    def test_each_of_several_errors_says_that_it_is_one(self):
        self.file({"a": {"command": ["no-such-a"]}, "b": {"command": ["no-such-b"]}})
        lines = self.refused(says=["no-such-a", "no-such-b"]).err.splitlines()
        self.assertEqual([line for line in lines if not line.startswith("error: ")], [])

    def test_a_variable_that_is_not_set_is_told_beside_what_comes_of_it(self):
        self.write("consort.yaml", "services:\n  web: {command: sleep 1, replicas: $COPIES}\n")
        self.refused(code=3, says=["consort.yaml:2:", 'warning: consort.yaml:2:37: the variable "COPIES" is not set'])

    def test_a_service_that_there_is_not_is_code_4_everywhere(self):
        self.file({"web": {"command": SLEEP}})
        of_the_file = [["up", "-d"], ["create"], ["plan"], ["build"], ["pull"], ["config"], ["run"]]
        of_what_runs = [["start"], ["stop"], ["restart"], ["kill"], ["rm", "-f"], ["pause"], ["unpause"], ["logs"], ["logs", "-f"],
                        ["ps"], ["top"], ["images"], ["stats", "--no-stream"], ["wait"], ["events"]]
        for words in of_the_file:
            self.refused(*words, "wbe", code=4, says="there is no such service; did you mean web?")
        self.up()
        for words in of_the_file + of_what_runs:
            with self.subTest(words=words):
                result = self.consort(*words, "wbe", check=False)
                self.assertEqual(result.code, 4, result)
                self.assertIn("; did you mean web?", result.err)
        for words in (["exec", "wbe", "true"], ["port", "wbe", "80"], ["cp", "wbe:/etc/hostname", "."], ["up", "-d", "--scale", "wbe=2"]):
            with self.subTest(words=words):
                self.assertEqual(self.consort(*words, check=False).code, 4)

    def test_one_whose_profile_is_not_active_can_be_had(self):
        self.file({"web": {"command": SLEEP}, "debug": {"command": SLEEP, "profiles": ["debug"]}})
        self.up()
        for words in (["exec", "debug", "true"], ["logs", "debug"], ["stop", "debug"], ["start", "debug"]):
            with self.subTest(words=words):
                result = self.consort(*words, check=False)
                self.assertEqual(result.code, 4, result)
                self.assertIn("no active profile enables it (--profile does, or to name it: consort up debug)", result.err)

    def test_unreadable_env_file(self):
        self.file({"web": {"command": SLEEP, "env_file": "missing.env"}})
        self.refused(code=3, says=["missing.env", "consort.yaml:"])

    def test_a_port_that_is_taken_names_its_holder(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            self.file({"web": {"command": SLEEP, "ports": [f"127.0.0.1:{port}:80"]}})
            self.refused(says=[str(port), str(os.getpid())])

    def test_a_port_that_a_service_of_another_project_has_names_it(self):
        port = free_port()
        self.file({"api": {"command": [sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)],
                           "ports": [f"127.0.0.1:{port}:{port}"], "healthcheck": {"tcp": f"127.0.0.1:{port}", "interval": "50ms", "retries": 1000}}})
        self.consort("up", "-d", "--wait")
        pid = self.replica("api-1")["Pid"]
        self.file({"web": {"command": SLEEP, "ports": [f"127.0.0.1:{port}:{port}"]}}, name="b.yaml")
        result = self.consort("-f", "b.yaml", "-p", self.name + "b", "up", "-d", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertRegex(result.err, rf"port {port} is in use by service api of project {self.name} \(.*, pid {pid}\)")

    def test_an_unknown_runtime_lists_the_known_ones(self):
        self.file({"web": {"runtime": "proces", "command": SLEEP}})
        self.refused(says=['"proces"', "process", "consort.yaml:"])

    def test_a_runtime_that_is_not_installed_names_its_package(self):
        # As a distribution ships it: the program, and the one runtime.
        built = os.path.dirname(os.path.dirname(CONSORT))
        consort = os.path.join(self.dir, "bin/consort")
        runtimes = os.path.join(self.dir, "lib/consort/runtimes")
        for folder in (os.path.dirname(consort), runtimes, os.path.join(self.dir, "libexec")):
            os.makedirs(folder, mode=0o755)
        shutil.copy(CONSORT, consort)
        shutil.copy(os.path.join(built, "libexec/consort-supervisor"), os.path.join(self.dir, "libexec"))
        shutil.copy(os.path.join(built, "lib/consort/consort-shim"), os.path.join(self.dir, "lib/consort"))
        for name in ("process.runtime.json", "libconsort-process.so"):
            shutil.copy(os.path.join(built, "lib/consort/runtimes", name), runtimes)
        self.file({"web": {"host": "192.0.2.1", "binary": "/bin/true"}})
        done = subprocess.run([consort, "up", "-d"], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"consort\.yaml:\d+:\d+: .*remote")

    def test_an_installation_without_the_supervisor_says_so(self):
        alone = os.path.join(self.dir, "bin/consort")
        os.makedirs(os.path.dirname(alone))
        shutil.copy(CONSORT, alone)
        built = os.path.dirname(os.path.dirname(CONSORT))
        self.file({"web": {"command": SLEEP}})
        done = subprocess.run([alone, "--plugin-dir", os.path.join(built, "lib/consort/runtimes"), "up", "-d"], cwd=self.work,
                              env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("libexec/consort-supervisor", done.stderr)

    def plugin_dir(self, **change):
        source = os.path.join(os.path.dirname(os.path.dirname(CONSORT)), "lib/consort/runtimes")
        target = os.path.join(self.dir, "plugins")
        os.mkdir(target, 0o755)
        manifest = json.load(open(os.path.join(source, "process.runtime.json")))
        manifest.update(runtime="other", aliases=[], library="libother.so")
        manifest["abi"].update(change.pop("abi", {}))
        manifest.update(change)
        json.dump(manifest, open(os.path.join(target, "other.runtime.json"), "w"))
        shutil.copy(os.path.join(source, "libconsort-process.so"), os.path.join(target, "libother.so"))
        return target

    def test_a_plugin_that_is_too_new(self):
        target = self.plugin_dir(abi={"minor_needed": 99, "minor_built": 99})
        self.file({"web": {"runtime": "other", "command": SLEEP}})
        self.refused("--plugin-dir", target, "up", "-d", says=["other", "99"])

    def test_a_plugin_that_is_not_what_its_manifest_says(self):
        target = self.plugin_dir()
        self.file({"web": {"runtime": "other", "command": SLEEP}})
        self.refused("--plugin-dir", target, "up", "-d", says=["other", "consort.yaml:"])

    def test_a_plugin_that_is_not_a_library(self):
        target = self.plugin_dir()
        with open(os.path.join(target, "libother.so"), "w") as file:
            file.write("not a library")
        self.file({"web": {"runtime": "other", "command": SLEEP}})
        self.refused("--plugin-dir", target, "up", "-d", says=["other", "libother.so"])

    def test_a_plugin_that_others_may_write(self):
        target = self.plugin_dir()
        os.chmod(os.path.join(target, "libother.so"), 0o777)
        self.file({"web": {"runtime": "other", "command": SLEEP}})
        result = self.refused("--plugin-dir", target, "up", "-d", says=["libother.so"])
        self.assertIn("writ", result.err)
        self.assertIn("other", self.consort("--plugin-dir", target, "runtimes").out)
        said = 'consort.yaml:5:15: runtime "other" is not available: '
        self.assertIn(said, result.err)
        plan = self.consort("--plugin-dir", target, "plan", check=False)
        self.assertEqual((plan.code, plan.out), (result.code, ""), plan)
        self.assertIn(said, plan.err)
        config = self.consort("--plugin-dir", target, "config")  # the file is right
        self.assertIn("warning: ", config.err)
        self.assertIn(said, config.err)

    def test_problems_before_the_start_are_told_in_the_order_of_the_file(self):
        self.file({name: {"command": ["/nonexistent/" + name]} for name in ("zoo", "ant", "mid")})
        told = self.refused("up", "-d").err
        self.assertLess(told.index("/nonexistent/zoo"), told.index("/nonexistent/ant"))
        self.assertLess(told.index("/nonexistent/ant"), told.index("/nonexistent/mid"))

    def test_no_place_for_the_state_directory(self):
        self.file({"web": {"command": SLEEP}})
        result = self.consort("up", "-d", check=False, env={"XDG_STATE_HOME": "/proc/none"})
        self.assertEqual(result.code, 5, result)
        self.assertIn("cannot create directory /proc/none: ", result.err)

    def test_no_permission_for_the_state_directory(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to have a directory of another user")
        os.chown(self.state, 65534, 65534)
        self.file({"web": {"command": SLEEP}})
        os.mkdir(os.path.join(self.state, "consort"), 0o777)
        os.chmod(os.path.join(self.state, "consort"), 0o777)
        try:
            self.refused(code=6, says=os.path.join(self.state, "consort"))
        finally:
            os.chown(self.state, 0, 0)

    def test_a_second_supervisor_is_refused(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        pid = self.supervisor_pid()
        result = self.consort("supervisor", "run", "--project", self.name, check=False)
        self.assertEqual(result.code, 7, result)
        self.assertIn(str(pid), result.err)

    def test_a_project_of_another_folder_is_not_taken_over(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        other = os.path.join(self.dir, "other")
        os.mkdir(other)
        shutil.copy(os.path.join(self.work, "consort.yaml"), other)
        result = self.consort("up", "-d", check=False, cwd=other)
        self.assertEqual(result.code, 7, result)
        self.assertIn(self.work, result.err)

    def test_another_user_cannot_talk_to_the_supervisor(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become another user")
        self.file({"web": {"command": SLEEP}})
        self.up()
        path = os.path.join(self.runtime, "consort", self.name, "api.sock")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        for folder in (self.dir, self.runtime, os.path.dirname(os.path.dirname(path)), os.path.dirname(path)):
            os.chmod(folder, 0o755)
        os.chmod(path, 0o666)
        code = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                "s.sendall(b'GET /v1/version HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); sys.exit(len(s.recv(100)))")
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", code, path],
                              capture_output=True, text=True, timeout=30)
        self.assertTrue(done.returncode == 0 or "Connection" in done.stderr or "Broken" in done.stderr, done)
        os.chmod(path, 0o600)
        os.chmod(os.path.dirname(path), 0o700)

    def test_a_runtime_directory_that_others_may_change_is_not_used(self):
        self.file({"web": {"command": SLEEP}})
        self.up()
        root = os.path.join(self.runtime, "consort")
        project = os.path.join(root, self.name)
        for folder in (root, project):
            os.chmod(folder, 0o777)
            for command in (("up", "-d"), ("ps",), ("down",), ("logs",)):
                result = self.consort(*command, check=False)
                self.assertEqual(result.code, 6, result)
                self.assertIn(f"cannot use directory {folder}: others may write to it", result.err)
                self.assertIn("XDG_RUNTIME_DIR", result.err)
            self.assertIn(folder, self.consort("ls").err)
            os.chmod(folder, 0o700)
        moved = project + "-moved"
        os.symlink(moved, moved)
        exchange(project, moved)
        self.assertIn("symbolic link", self.consort("ps", check=False).err)
        exchange(project, moved)
        os.remove(moved)
        self.wait_for("the supervisor to listen again", lambda: self.consort("ps", check=False).code == 0)
        self.assertEqual(len(self.ps()), 1)

    def test_nothing_starts_where_another_user_made_the_runtime_directory(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to have a directory of another user")
        self.file({"web": {"command": SLEEP}})
        root = os.path.join(self.runtime, "consort")
        os.mkdir(root, 0o700)
        os.chown(root, 65534, 65534)
        self.refused(code=6, says=f"cannot use directory {root}: it belongs to another user (uid 65534)")
        self.assertEqual(os.listdir(root), [])

    def test_usage_errors(self):
        self.file({"web": {"command": SLEEP}})
        self.assertIn('"up"', self.refused("upp", code=2).err)
        self.assertIn("--detach", self.refused("up", "--detatch", code=2).err)
        self.refused("stop", "wbe", says="did you mean web?")
        self.refused("exec", "web", "true", says="web")


if __name__ == "__main__":
    main()
