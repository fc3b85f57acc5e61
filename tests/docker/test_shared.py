"""What the services of a project share, when the file says something else of it than before: a network is made
anew with what is on it, a volume is kept and told."""
import json
import os
import unittest

from engine import IMAGE, DockerTest, main

SLEEPER = {"image": IMAGE, "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"]}


class Networks(DockerTest):
    def network(self, key="default"):
        status, body = self.engine.call("GET", f"/networks/{self.name}_{key}")
        return body if status == 200 else None

    def actions(self):
        return {action["service"]: (action["verb"], action["why"])
                for action in json.loads(self.consort("plan", "--format", "json").out)["actions"]}

    def write_with(self, services, **network):
        self.file(services, networks={"back": network})

    def test_a_changed_network_is_made_anew_with_the_services_on_it(self):
        services = {"db": {**SLEEPER, "networks": ["back"]},
                    "web": {**SLEEPER, "networks": ["back"], "depends_on": ["db"]},
                    "other": SLEEPER}
        self.write_with(services, labels={"a": "1"}, driver_opts={"com.docker.network.bridge.enable_icc": "true"})
        self.up()
        before, ids = self.network("back"), {name: self.container(name)["Id"] for name in services}
        self.assertEqual(self.actions()["web"][0], "keep")
        # The order of what it says is no change.
        self.write_with(services, driver_opts={"com.docker.network.bridge.enable_icc": "true"}, labels={"a": "1"})
        self.up()
        self.assertEqual(self.network("back")["Id"], before["Id"])
        self.write_with(services, labels={"a": "2"}, internal=True)
        actions = self.actions()
        self.assertEqual(actions["db"], ("replace", "network back has changed"))
        self.assertEqual(actions["web"], ("replace", "network back has changed"))
        self.assertEqual(actions["other"][0], "keep")
        self.assertEqual(self.network("back")["Id"], before["Id"], "plan changes nothing")
        self.up()
        after = self.network("back")
        self.assertNotEqual(after["Id"], before["Id"])
        self.assertTrue(after["Internal"])
        self.assertEqual(after["Labels"]["a"], "2")
        self.assertEqual(len(after["Containers"]), 2)
        self.assertEqual(self.container("other")["Id"], ids["other"])
        for name in ("db", "web"):
            self.assertNotEqual(self.container(name)["Id"], ids[name])
            self.assertEqual(self.replica(f"{name}-1")["State"], "running")
            self.assertEqual(self.replica(f"{name}-1")["Restarts"], 0)
        self.assertEqual(self.actions()["db"][0], "keep")

    def test_one_that_is_stopped_comes_up_on_the_new_network(self):
        services = {"web": {**SLEEPER, "networks": ["back"]}, "db": {**SLEEPER, "networks": ["back"]}}
        self.write_with(services)
        self.up()
        self.consort("stop", "web")
        self.write_with(services, internal=True)
        self.up()
        for name in services:
            there = self.container(name)["NetworkSettings"]["Networks"][f"{self.name}_back"]
            self.assertEqual(there["NetworkID"], self.network("back")["Id"])
            self.assertEqual(self.replica(f"{name}-1")["State"], "running")

    def test_what_a_command_leaves_alone_keeps_its_network_which_is_told(self):
        services = {"web": {**SLEEPER, "networks": ["back"]}, "db": {**SLEEPER, "networks": ["back"]}}
        self.write_with(services)
        self.up()
        before, ids = self.network("back")["Id"], {name: self.container(name)["Id"] for name in services}
        self.write_with(services, internal=True)
        place = r"consort\.yaml:\d+:\d+: network \S+_back has changed and is used as it was: "
        self.assertRegex(self.up("web").err, place + "service db is on it, which this command leaves alone")
        self.assertRegex(self.up("--no-recreate").err, place + "`consort up` makes it anew")
        self.assertEqual({name: self.container(name)["Id"] for name in services}, ids)
        guest = f"{self.name}-guest"
        self.engine.call("POST", f"/containers/create?name={guest}",
                         {"Image": IMAGE, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": f"{self.name}_back"}})
        self.assertEqual(self.engine.call("POST", f"/containers/{guest}/start")[0], 204)
        try:
            self.assertRegex(self.up().err, place + f"container {guest} is on it")
        finally:
            self.engine.call("DELETE", f"/containers/{guest}?force=1")
        self.assertEqual({name: self.container(name)["Id"] for name in services}, ids)
        self.assertEqual(self.network("back")["Id"], before)
        self.up()
        self.assertNotEqual(self.network("back")["Id"], before)

    def test_one_that_cannot_be_made_is_told_at_its_place(self):
        self.file({"web": SLEEPER, "db": {**SLEEPER, "networks": ["back"]}},
                  networks={"back": {"driver_opts": {"com.docker.network.driver.mtu": "much"}}})
        for command in (("up", "-d"), ("create",)):
            result = self.consort(*command, check=False)
            self.assertEqual(result.code, 1, result)
            line = next(i for i, text in enumerate(open(f"{self.work}/consort.yaml"), 1) if text.startswith('  "back"'))
            self.assertRegex(result.err, rf"consort\.yaml:{line}:\d+: cannot make network {self.name}_back: .*much")
            self.assertNotIn("cannot start", result.err)
        self.assertEqual(self.engine.containers(self.name), [])

    def test_the_engines_refusals_come_with_what_to_do(self):
        subnet = f"10.{90 + os.getpid() % 10}.78.0/24"
        pool = {"ipam": {"config": [{"subnet": subnet}]}}
        self.file({"web": {**SLEEPER, "networks": ["one", "two"]}}, networks={"one": pool, "two": pool})
        self.assertRegex(self.consort("up", "-d", check=False).err, "Pool overlaps.*; give it another `ipam.config.subnet`")
        self.file({"web": {**SLEEPER, "volumes": ["data:/data"]}}, volumes={"data": {"driver": "nodrv"}})
        self.assertRegex(self.consort("up", "-d", check=False).err, 'plugin "nodrv" not found; set another `driver`')


class Volumes(DockerTest):
    def test_one_that_differs_is_kept_and_told_at_its_place(self):
        services = {"db": {**SLEEPER, "volumes": ["data:/data"]}}
        self.file(services, volumes={"data": {"labels": {"a": "1"}}})
        self.up()
        self.consort("exec", "db", "sh", "-c", "echo kept > /data/file")
        self.assertNotIn("differs", self.up().err)
        self.file(services, volumes={"data": {"labels": {"a": "2"}, "driver_opts": {"type": "tmpfs", "device": "tmpfs"}}})
        for command in ("up", "down", "up"):
            result = self.consort(*((command, "-d") if command == "up" else (command,)))
            if command == "up":
                self.assertRegex(result.err, rf"consort\.yaml:\d+:\d+: volume {self.name}_data differs from the file "
                                 rf"\(driver_opts, labels\) and is used as it is.*docker volume rm {self.name}_data")
                self.assertEqual(self.consort("exec", "db", "cat", "/data/file").out, "kept\n")
        self.consort("down", "-v")
        self.assertNotIn("differs", self.up().err)
        self.consort("down", "-v")


if __name__ == "__main__":
    main()
