"""What makes `up` replace a container that runs although its service has not changed, when images are pulled,
and what is told of a container: its ports, its name."""
import json
import os
import socket
import sys
import unittest
import urllib.request

from engine import IMAGE, main
from harness import DEADLINE, free_port
from test_images import ImagesTest, busybox_files

SLEEP = {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"}


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
            return answer.read()
    except OSError:  # it does not listen yet
        return b""


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Identity(ImagesTest):
    def test_a_newer_image_replaces_what_runs_and_nothing_else(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.file({"a": {"image": one, "stop_grace_period": "0s"}, "b": SLEEP})
        self.up()
        before = {name: self.container(name)["Id"] for name in "ab"}
        self.registry.put("one:1", busybox_files("newer"))
        self.consort("pull", "-q", "a")
        self.consort("up", "-d", "--no-recreate")
        self.assertEqual(self.container("a")["Id"], before["a"])
        self.up()
        after = self.container("a")
        self.assertNotEqual(after["Id"], before["a"])
        self.assertEqual(after["Image"], self.image_id(one))
        self.assertEqual(self.container("b")["Id"], before["b"])
        self.up()
        self.assertEqual(self.container("a")["Id"], after["Id"])

    def test_up_pull_and_build_also_of_what_runs(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.write("app/Dockerfile", f"FROM {IMAGE}\nCOPY mark /mark\n")
        self.write("app/mark", "one")
        self.file({"a": {"image": one, "stop_grace_period": "0s"},
                   "b": {"build": "./app", "command": "sleep 1000", "stop_grace_period": "0s"}})
        self.up()
        before = {name: self.container(name)["Id"] for name in "ab"}
        self.registry.put("one:1", busybox_files("newer"))
        self.write("app/mark", "newer")
        self.up()
        self.assertEqual({name: self.container(name)["Id"] for name in "ab"}, before)
        self.up("--pull", "always")
        self.assertNotEqual(self.container("a")["Id"], before["a"])
        self.assertEqual(self.container("b")["Id"], before["b"])
        self.up("--build")
        self.assertEqual(self.consort("exec", "b", "cat", "/mark").out, "newer")

    def test_a_pull_that_fails_leaves_what_runs(self):
        one = self.registry.put("one:1", busybox_files("one"))
        self.file({"a": {"image": one}})
        self.up()
        before = self.container("a")["Id"]
        del self.registry.manifests["one:1"]
        result = self.consort("up", "-d", "--pull", "always", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot start a: .*one:1")
        self.assertEqual((self.container("a")["Id"], self.replica("a-1")["State"]), (before, "running"))


class PullPolicy(ImagesTest):
    def test_an_interval_pulls_what_is_older_only(self):
        one = self.registry.put("one:1", busybox_files("one"))
        for policy, pulls in (("daily", 1), ("weekly", 1), ("every_12h", 1), ("every_0s", 2), ("always", 3),
                              ("missing", 3), ("never", 3)):
            with self.subTest(policy=policy):
                self.file({"a": {"image": one, "pull_policy": policy, "stop_grace_period": "0s"}})
                self.up()
                self.assertEqual(self.registry.pulls["one:1"], pulls)

    def test_an_interval_that_is_none(self):
        self.file({"a": {"image": IMAGE, "pull_policy": "every_moment"}})
        result = self.consort("up", "-d", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertIn("every_moment", result.err)


class Told(ImagesTest):
    def test_ports_that_the_engine_chooses_are_shown(self):
        self.file({"web": {"image": IMAGE, "command": "httpd -f -p 80 -h /etc", "ports": ["80", "127.0.0.1::81"]}})
        self.up()
        def published():  # an engine may choose another port for IPv6
            return {p["TargetPort"]: p for p in self.replica("web-1")["Publishers"] if p["URL"] != "[::]"}

        ports = published()
        chosen = ports[80]["PublishedPort"]
        self.assertGreater(chosen, 0)
        self.assertEqual(ports[81]["URL"], "127.0.0.1")
        self.wait_for("its answer", lambda: b"root" in fetch(f"http://127.0.0.1:{chosen}/passwd"))
        self.assertEqual(self.consort("port", "web", "80").out, f"0.0.0.0:{chosen}\n")
        self.consort("supervisor", "restart")
        self.assertEqual(self.consort("port", "web", "80").out, f"0.0.0.0:{chosen}\n")
        self.consort("restart", "-t", "0", "web")
        again = published()[80]["PublishedPort"]
        self.assertEqual(self.consort("port", "web", "80").out, f"0.0.0.0:{again}\n")

    def test_a_port_that_a_process_has_names_it(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.file({"web": {**SLEEP, "ports": [f"127.0.0.1:{port}:80"]}})
            result = self.consort("up", "-d", check=False)
            self.assertNotEqual(result.code, 0)
            self.assertIn(f"port {port} is in use by ", result.err)
            self.assertIn(f"(pid {os.getpid()})", result.err)

    def test_a_port_that_a_container_has_names_it_to_a_process(self):
        port = free_port()
        self.file({"web": {**SLEEP, "ports": [f"127.0.0.1:{port}:80"]}})
        self.up()
        address = next(iter(self.container("web")["NetworkSettings"]["Networks"].values()))["IPAddress"]
        self.write("b.yaml", json.dumps({"name": self.name + "b", "services": {
            "native": {"command": "sleep 1000", "ports": [f"127.0.0.1:{port}:{port}"]}}}))
        result = self.consort("-f", "b.yaml", "up", "-d", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertIn(f"for the container at {address}:80 (`docker ps --filter publish={port}` names it)", result.err)

    def test_a_port_that_a_container_on_the_hosts_network_has_names_it_to_both(self):
        port = free_port()
        self.file({"web": {"image": IMAGE, "network_mode": "host", "command": f"httpd -f -p 127.0.0.1:{port}",
                           "stop_grace_period": "0s"}})
        self.up()
        self.wait_for("it to listen", lambda: listens(port))
        holder = f"port {port} is in use by httpd (pid {self.container('web')['State']['Pid']}) of container "
        self.write("b.yaml", json.dumps({"name": self.name + "b", "services": {
            "native": {"command": "sleep 1000", "ports": [f"127.0.0.1:{port}:{port}"]}}}))
        self.assertIn(holder + self.container("web")["Id"][:12], self.consort("-f", "b.yaml", "up", "-d", check=False).err)
        self.file({"other": {**SLEEP, "ports": [f"127.0.0.1:{port}:80"]}}, name="c.yaml")
        result = self.consort("-f", "c.yaml", "-p", self.name + "c", "up", "-d", check=False)
        self.consort("-p", self.name + "c", "down", "-t", "0")
        self.assertIn(holder + f"{self.name}-web-1", result.err)

    def test_a_port_that_a_native_service_has_names_it_to_a_container(self):
        port = free_port()
        self.file({"api": {"runtime": "process", "ports": [f"127.0.0.1:{port}:{port}"],
                           "command": [sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)]}})
        self.up()
        self.wait_for("it to listen", lambda: listens(port))
        self.file({"web": {**SLEEP, "ports": [f"127.0.0.1:{port}:80"]}}, name="c.yaml")
        result = self.consort("-f", "c.yaml", "-p", self.name + "c", "up", "-d", check=False)
        self.consort("-p", self.name + "c", "down", "-t", "0")
        self.assertIn(f"port {port} is in use by service api of project {self.name} (", result.err)

    def test_run_names_its_container(self):
        self.file({"web": SLEEP, "native": {"runtime": "process", "command": "true"}})
        name = f"{self.name}-mine"
        self.assertEqual(self.consort("run", "-d", "--name", name, "web", "sleep", "1000").out, name + "\n")
        self.assertTrue(self.engine.inspect(name)["State"]["Running"])
        taken = self.consort("run", "--name", name, "web", "true", check=False)
        self.assertNotEqual(taken.code, 0)
        self.assertIn(name, taken.err)
        self.assertTrue(self.engine.inspect(name)["State"]["Running"])
        result = self.consort("run", "--name", "x", "native", check=False)
        self.assertEqual(result.code, 8, result)

    def test_doctor_says_that_live_restore_is_off(self):
        self.file({"web": SLEEP})
        self.up()
        found = json.loads(self.consort("doctor", "--format", "json", check=False).out)
        container = next(r for r in found["runtimes"] if r["name"] == "container")
        self.assertTrue(any("live-restore is off" in p["message"] for p in container["problems"]), container)


if __name__ == "__main__":
    main()
