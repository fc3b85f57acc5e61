"""`consort up` on a Compose file with containers: what a user sees, and what the engine has."""
import json
import os
import unittest

from engine import IMAGE, DockerTest, main
from harness import DEADLINE, free_port


class UpDown(DockerTest):
    def test_two_containers_come_up_log_answer_and_go(self):
        port = free_port()
        self.file({
            "web": {"image": IMAGE, "command": "httpd -f -p 80 -h /etc", "ports": [f"127.0.0.1:{port}:80"]},
            "talker": {"image": IMAGE, "depends_on": ["web"],
                       "command": ["sh", "-c", "echo one; echo two >&2; wget -q -O- http://web/passwd; exec sleep 1000"]},
        })
        self.up()
        self.assertEqual({name: row["State"] for name, row in self.ps().items()},
                         {"web-1": "running", "talker-1": "running"})
        self.wait_for("the log", lambda: len(self.logs("talker")) == 3)
        self.assertEqual(sorted(self.logs("talker")), sorted(["one", "two", "root:x:0:0::/root:/bin/sh"]))
        self.assertEqual(self.consort("exec", "web", "cat", "/etc/group").out, "root:x:0:\n")
        self.assertEqual(self.consort("exec", "web", "sh", "-c", "exit 3", check=False).code, 3)
        labels = self.container("web")["Config"]["Labels"]
        self.assertEqual(labels["com.docker.compose.service"], "web")
        self.assertEqual(labels["com.docker.compose.project.working_dir"], self.work)
        self.consort("down")
        self.assertEqual(self.engine.containers(self.name), [])

    def test_the_two_sides_meet_at_published_ports(self):
        port = free_port()
        self.file({
            "web": {"image": IMAGE, "command": "httpd -f -p 80 -h /etc", "ports": [f"127.0.0.1:{port}:80"],
                    "healthcheck": {"test": ["CMD", "wget", "-q", "-O-", "http://localhost/passwd"], "interval": "1s"}},
            "native": {"runtime": "process", "command": f"curl -sf http://127.0.0.1:{port}/passwd",
                       "depends_on": {"web": {"condition": "service_healthy"}}},
        })
        self.up("--wait")
        self.wait_state("native-1", "exited")
        self.assertEqual(self.logs("native"), ["root:x:0:0::/root:/bin/sh"])
        self.assertEqual(self.replica("web-1")["Health"], "healthy")

    def test_an_images_own_health_check_counts(self):
        self.engine.import_image("checked:1", ['HEALTHCHECK --interval=200ms --retries=100 CMD test -e /tmp/ready'])
        self.file({
            "db": {"image": "checked:1", "command": ["sh", "-c", "sleep 1; touch /tmp/ready; exec sleep 1000"]},
            "after": {"image": IMAGE, "command": "true", "depends_on": {"db": {"condition": "service_healthy"}}},
        })
        self.up("--wait")
        self.assertEqual(self.replica("db-1")["Health"], "healthy")
        self.assertEqual(self.replica("after-1")["ExitCode"], 0)

    def test_ps_shows_what_an_image_runs_by_itself(self):
        image = "own-command:consort"
        self.engine.import_image(image, changes=['ENTRYPOINT ["/bin/sh", "-c"]', 'CMD ["sleep 1000"]'])
        self.file({"own": {"image": image}, "given": {"image": image, "command": ["sleep 999"]},
                   "native": {"runtime": "process", "command": ["sleep", "998"]}})

        def commands():
            return {row["Service"]: row["Command"] for row in self.ps().values()}

        expected = {"own": "/bin/sh -c sleep 1000", "given": "/bin/sh -c sleep 999", "native": "sleep 998"}
        self.up()
        self.assertEqual(commands(), expected)
        self.consort("supervisor", "restart")
        self.assertEqual(commands(), expected)

    def test_exit_codes_and_one_shots(self):
        self.file({
            "init": {"image": IMAGE, "command": "true"},
            "bad": {"image": IMAGE, "command": ["sh", "-c", "exit 7"]},
            "main": {"image": IMAGE, "command": "sleep 1000",
                     "depends_on": {"init": {"condition": "service_completed_successfully"}}},
        })
        self.consort("up", "-d", check=False)
        self.wait_state("bad-1", "exited")
        self.assertEqual(self.replica("bad-1")["ExitCode"], 7)
        self.wait_state("main-1", "running")

    def test_down_removes_volumes_only_when_asked(self):
        self.file({"db": {"image": IMAGE, "command": "sleep 1000", "volumes": ["data:/data", "/anonymous"]}},
                  volumes={"data": {}})
        self.up()
        volume = f"{self.name}_data"
        anonymous = [m["Name"] for m in self.container("db")["Mounts"] if m["Destination"] == "/anonymous"]
        self.consort("exec", "db", "sh", "-c", "echo kept > /data/file")
        self.consort("down")
        self.assertEqual(self.engine.call("GET", f"/volumes/{volume}")[0], 200)
        self.up()
        self.assertEqual(self.consort("exec", "db", "cat", "/data/file").out, "kept\n")
        self.consort("down", "-v")
        self.assertEqual(self.engine.call("GET", f"/volumes/{volume}")[0], 404)
        self.engine.call("DELETE", f"/volumes/{anonymous[0]}")

    def test_down_of_named_services_leaves_what_others_use(self):
        self.engine.tag(IMAGE, "busybox:db")
        sleep = {"command": "sleep 1000", "stop_grace_period": "0s"}
        self.file({"db": {**sleep, "image": "busybox:db", "volumes": ["data:/data", "shared:/shared", "/anonymous"],
                          "networks": ["back", "both"]},
                   "web": {**sleep, "image": IMAGE, "volumes": ["shared:/shared"], "networks": ["both"],
                           "depends_on": ["db"]}},
                  volumes={"data": {}, "shared": {}}, networks={"back": {}, "both": {}})
        self.up()
        web = self.container("web")["Id"]
        anonymous = [m["Name"] for m in self.container("db")["Mounts"] if m["Destination"] == "/anonymous"]
        self.consort("down", "-v", "--rmi", "all", "db")
        self.assertEqual((self.container("db"), self.container("web")["Id"]), (None, web))
        networks = [n["Name"] for n in self.engine.get("/networks") if n["Name"].startswith(self.name)]
        volumes = [v["Name"] for v in self.engine.get("/volumes")["Volumes"]]
        images = [tag for image in self.engine.get("/images/json") for tag in image["RepoTags"] or []]
        self.assertEqual(networks, [f"{self.name}_both"])
        self.assertIn(f"{self.name}_shared", volumes)
        self.assertNotIn(f"{self.name}_data", volumes)
        self.assertNotIn(anonymous[0], volumes)
        self.assertIn(IMAGE, images)
        self.assertNotIn("busybox:db", images)
        self.assertEqual(self.consort("exec", "web", "echo", "there").out, "there\n")
        self.engine.tag(IMAGE, "busybox:db")
        self.up()
        self.assertEqual({name: row["State"] for name, row in self.ps().items()},
                         {"db-1": "running", "web-1": "running"})
        self.consort("down", "-v")

    def test_down_leaves_a_network_that_somebody_else_uses_and_says_so(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})
        self.up()
        guest = f"{self.name}-guest"
        self.engine.call("POST", f"/containers/create?name={guest}",
                         {"Image": IMAGE, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": f"{self.name}_default"}})
        self.assertEqual(self.engine.call("POST", f"/containers/{guest}/start")[0], 204)
        try:
            result = self.consort("down", "-t", "0")
            self.assertIn(f"network {self.name}_default stays: container {guest} uses it", result.err)
            self.assertTrue(self.engine.inspect(guest)["State"]["Running"])
            self.up()  # and the project uses it again
        finally:
            self.engine.call("DELETE", f"/containers/{guest}?force=1")

    def test_down_leaves_a_network_that_a_stopped_container_of_others_needs(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})
        self.up()
        guest = f"{self.name}-guest"
        labels = {"com.docker.compose.project": self.name, "com.docker.compose.service": "guest"}
        self.engine.call("POST", f"/containers/create?name={guest}",
                         {"Image": IMAGE, "Cmd": ["sleep", "1000"], "Labels": labels,
                          "HostConfig": {"NetworkMode": f"{self.name}_default"}})
        try:
            for done in ("created", "stopped"):
                result = self.consort("down", "-t", "0")
                self.assertIn(f"network {self.name}_default stays: container {guest} uses it", result.err, done)
                self.assertEqual(self.engine.call("POST", f"/containers/{guest}/start")[0], 204, done)
                self.engine.call("POST", f"/containers/{guest}/stop?t=0")
                self.up()
        finally:
            self.engine.call("DELETE", f"/containers/{guest}?force=1")

    def test_down_leaves_a_network_that_it_did_not_make(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})
        name = f"{self.name}_default"
        labels = {"com.docker.compose.project": self.name, "com.docker.compose.network": "default"}
        self.assertEqual(self.engine.call("POST", "/networks/create", {"Name": name, "Labels": labels})[0], 201)
        try:
            self.up()
            self.assertIn(name, self.container("web")["NetworkSettings"]["Networks"])
            self.assertIn(f"network {name} stays: Consort did not make it", self.consort("down", "-t", "0").err)
        finally:
            self.assertEqual(self.engine.call("DELETE", f"/networks/{name}")[0], 204)

    def test_what_a_down_has_left_goes_when_asked_later(self):
        self.engine.tag(IMAGE, "busybox:left")
        self.file({"db": {"image": "busybox:left", "command": "sleep 1000", "volumes": ["data:/data"]}}, volumes={"data": {}})
        other = {"Name": f"{self.name}_other"}  # nobody's
        self.assertEqual(self.engine.call("POST", "/volumes/create", other)[0], 201)
        self.up()
        self.consort("down", "-t", "0")
        self.consort("down")
        volume, image = f"/volumes/{self.name}_data", "/images/busybox:left/json"
        self.assertEqual([self.engine.call("GET", path)[0] for path in (volume, image)], [200, 200])
        self.assertIn("nothing of project", self.consort("down", "-v").err)
        self.assertEqual([self.engine.call("GET", path)[0] for path in (volume, image)], [404, 200])
        self.consort("down", "--rmi", "all")
        self.assertEqual(self.engine.call("GET", image)[0], 404)
        self.assertEqual(self.engine.call("DELETE", f"/volumes/{self.name}_other")[0], 204)
        nowhere = {**self.env, "DOCKER_HOST": "unix:///nowhere/sock"}
        failed = self.consort("down", "-v", env=nowhere, check=False)
        self.assertNotEqual(failed.code, 0)
        self.assertIn("cannot", failed.err)
        # Nothing is loaded where there is no container.
        self.file({"native": {"runtime": "process", "command": "sleep 1000"}})
        self.consort("down", "-v", env=nowhere)

    def test_many_go_at_once_and_their_network_with_them(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "scale": 25}})
        self.up()
        self.consort("down", "-t", "0")
        self.assertEqual(self.engine.call("GET", f"/networks/{self.name}_default")[0], 404)

    def test_an_up_beside_a_down_comes_up_or_says_that_it_was_stopped(self):
        self.file({name: {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s", "networks": [name]}
                   for name in "abcd"}, networks=dict.fromkeys("abcd", {}))
        for _ in range(8):
            self.up()
            both = [self.spawn(*command) for command in (("down", "-t", "0"), ("up", "-d"))]
            (_, said_down), (_, said_up) = (one.communicate(timeout=DEADLINE) for one in both)
            down, up = (one.returncode for one in both)
            if down != 0:
                self.assertIn("was started again meanwhile", said_down.decode())
            if up == 0:
                running = [c for c in self.engine.containers(self.name) if c["State"] == "running"]
                self.assertIn(len(running), (0, 4))  # the one or the other was later
            else:
                self.assertRegex(said_up.decode(), "stopped meanwhile|is being taken down|supervisor ends")

    def test_a_changed_service_is_replaced_and_a_restarted_one_is_the_same_container(self):
        services = {"web": {"image": IMAGE, "command": "sleep 1000"}}
        self.file(services)
        self.up()
        first = self.container("web")["Id"]
        self.consort("exec", "web", "touch", "/tmp/mark")
        self.consort("restart", "-t", "0", "web")
        self.assertEqual(self.container("web")["Id"], first)
        self.assertEqual(self.consort("exec", "web", "ls", "/tmp").out, "mark\n")
        self.up()
        self.assertEqual(self.container("web")["Id"], first)
        self.write("consort.override.yaml", '{"services": {"new": {"image": "%s", "command": "true"}}}' % IMAGE)
        self.up()
        self.consort("restart", "-t", "0", "web")
        self.assertEqual(self.container("web")["Id"], first, "it is the same, whatever the files are called")
        self.up("--force-recreate", "-t", "0")
        second = self.container("web")["Id"]
        self.assertNotEqual(second, first)
        services["web"]["environment"] = {"A": "b"}
        self.file(services)
        self.up("-t", "0")
        self.assertNotEqual(self.container("web")["Id"], second)
        self.assertEqual(self.consort("exec", "web", "sh", "-c", "echo $A").out, "b\n")

    def test_hooks_run_in_the_container_after_the_start_and_before_the_stop(self):
        service = {"image": IMAGE, "command": ["sh", "-c", "trap 'cat /tmp/hooks; exit 0' TERM; while :; do sleep 0.05; done"],
                   "stop_grace_period": "30s",
                   "post_start": [{"command": ["sh", "-c", "echo up $$A $$(pwd) >> /tmp/hooks"], "environment": ["A=b"],
                                   "working_dir": "/etc"}],
                   "pre_stop": [{"command": "sh -c 'echo going >> /tmp/hooks'"}, {"command": ["false"]}]}
        self.file({"web": service})
        self.up()
        self.consort("supervisor", "restart")
        result = self.consort("stop")
        self.assertIn('pre_stop: ["false"] exited with 1', result.err)
        self.assertEqual(self.logs("web"), ["up b /etc", "going"])
        self.file({"web": {**service, "post_start": [{"command": ["sh", "-c", "exit 3"]}]}})
        failed = self.consort("up", "-d", check=False)
        self.assertEqual(failed.code, 1, failed)
        self.assertRegex(failed.err, r"consort\.yaml:\d+:\d+: cannot start web-1: post_start: .*exit 3.* exited with 3")
        self.assertIsNone(self.container("web"))

    def test_secrets_and_configs_are_files(self):
        self.write("secret.txt", "from a file")
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "secrets": ["s", {"source": "e", "target": "pw"}],
                           "configs": [{"source": "c", "target": "/etc/my.conf"}]}},
                  secrets={"s": {"file": "./secret.txt"}, "e": {"environment": "MY_PASSWORD"}},
                  configs={"c": {"content": "hello"}})
        self.consort("up", "-d", env={"MY_PASSWORD": "hush"})
        cat = self.consort("exec", "web", "cat", "/run/secrets/s", "/run/secrets/pw", "/etc/my.conf").out
        self.assertEqual(cat, "from a filehushhello")

    def test_run_is_beside_the_service_and_gone_after_it(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})
        result = self.consort("run", "--rm", "web", "sh", "-c", "echo hi; exit 4", check=False)
        self.assertEqual((result.code, result.out), (4, "hi\n"), result)
        self.wait_for("its container to go", lambda: not self.engine.containers(self.name))

    def test_stop_sends_the_services_signal_and_kills_after_the_grace(self):
        self.file({
            "polite": {"image": IMAGE, "stop_signal": "SIGUSR1",
                       "command": ["sh", "-c", "trap 'echo got it; exit 9' USR1; while :; do sleep 0.05; done"]},
            "stubborn": {"image": IMAGE, "stop_grace_period": "300ms",
                         "command": ["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"]},
        })
        self.up()
        self.consort("stop")
        self.assertEqual(self.replica("polite-1")["ExitCode"], 9)
        self.assertEqual(self.logs("polite"), ["got it"])
        self.assertEqual(self.replica("stubborn-1")["ExitCode"], 137)


class Build(DockerTest):
    def test_an_image_is_built_once_and_again_when_asked(self):
        self.write("app/Dockerfile", f"FROM {IMAGE}\nARG WHAT\nCOPY . /app\nRUN echo $WHAT > /what\n")
        self.write("app/.dockerignore", "secret\n")
        self.write("app/secret", "x")
        self.write("app/file", "y")
        self.file({"app": {"build": {"context": "./app", "args": {"WHAT": "built"}}, "command": "sleep 1000"}})
        self.up()
        self.assertEqual(self.consort("exec", "app", "cat", "/what").out, "built\n")
        self.assertEqual(self.consort("exec", "app", "ls", "/app").out, "Dockerfile\nfile\n")
        self.consort("down", "--rmi", "local")
        self.assertEqual(self.engine.call("GET", f"/images/{self.name}-app/json")[0], 404)

    def test_a_dockerfile_from_elsewhere_is_not_in_the_image(self):
        self.write("app/file", "y")
        self.write("app/secret", "x")
        self.write("Dockerfile", f"FROM {IMAGE}\nCOPY . /all\n")
        inline = f"FROM {IMAGE}\nCOPY . /all\n"
        self.file({"inline": {"build": {"context": "app", "dockerfile_inline": inline}, "command": "ls -A /all"},
                   "outside": {"build": {"context": "app", "dockerfile": "../Dockerfile"}, "command": "ls -A /all"}})
        self.up()
        for service in ("inline", "outside"):
            self.wait_for("its output", lambda: self.logs(service) == ["file", "secret"])
        self.write("app/.dockerignore", "secret\n")
        self.up("--build")
        for service in ("inline", "outside"):
            self.wait_for("its output", lambda: self.logs(service)[-2:] == [".dockerignore", "file"])
        self.consort("down", "--rmi", "local")

    def test_a_variable_without_a_value_takes_away_the_images(self):
        inline = f"FROM {IMAGE}\nENV GONE=image KEPT=image\n"
        self.file({"app": {"build": {"context": ".", "dockerfile_inline": inline}, "environment": {"GONE": None},
                           "command": ["sh", "-c", "echo $${GONE-none} $${KEPT-none}"]}})
        self.up()
        self.wait_for("its output", lambda: self.logs("app") == ["none image"])
        self.consort("down", "--rmi", "local")

    def test_the_proxies_of_the_docker_cli_reach_builds_and_containers(self):
        folder = os.path.join(self.dir, "docker")
        os.mkdir(folder)
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump({"proxies": {"default": {"httpProxy": "http://none:1"},
                                   self.engine.host: {"httpProxy": "http://p:1", "noProxy": "*.local"}}}, file)
        self.env["DOCKER_CONFIG"] = folder
        inline = f"FROM {IMAGE}\nRUN echo $$HTTP_PROXY $$no_proxy > /built\n"
        self.file({"app": {"build": {"context": ".", "dockerfile_inline": inline}, "command": "sleep 1000",
                           "environment": {"http_proxy": "http://own:2"}, "stop_grace_period": "0s"},
                   "own": {"build": {"context": ".", "dockerfile_inline": inline, "no_cache": True,
                                     "args": {"HTTP_PROXY": "mine"}},
                           "command": "cat /built"}})
        self.up()
        self.assertEqual(self.consort("exec", "app", "cat", "/built").out, "http://p:1 *.local\n")
        self.wait_for("its output", lambda: self.logs("own") == ["mine *.local"])
        said = self.consort("exec", "app", "sh", "-c", "echo $HTTP_PROXY $http_proxy $NO_PROXY $no_proxy").out
        self.assertEqual(said, "http://p:1 http://own:2 *.local *.local\n")
        self.consort("down", "--rmi", "local")

    def test_a_failing_build_shows_its_step_and_starts_nothing(self):
        self.file({"app": {"build": {"context": ".", "dockerfile_inline": f"FROM {IMAGE}\nRUN echo because >&2; exit 5\n"}},
                   "other": {"image": IMAGE, "command": "sleep 1000"}})
        result = self.consort("up", "-d", check=False)
        self.assertNotEqual(result.code, 0)
        self.assertRegex(result.err, r"error: consort.yaml:\d+:\d+: cannot start app: building")
        self.assertIn("\n  because\n", result.err)
        self.assertNotIn("\x1b", result.err)
        self.assertEqual(result.err.count("error: "), 1, result.err)
        self.assertEqual(self.engine.containers(self.name), [])


class Refusals(DockerTest):
    def test_without_an_engine_the_service_is_named(self):
        self.file({"web": {"image": IMAGE}})
        result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": f"unix://{self.dir}/none"})
        self.assertNotEqual(result.code, 0)
        self.assertIn("cannot reach the engine", result.err)
        self.assertIn("consort.yaml:", result.err)

    def test_a_missing_image_that_may_not_be_pulled(self):
        self.file({"web": {"image": "none:1", "pull_policy": "never"}})
        result = self.consort("up", "-d", check=False)
        self.assertIn("image none:1 is not there", result.err)

    def test_a_container_of_somebody_else_is_left_alone_and_named(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})
        name = f"{self.name}-web-1"
        labels = {"com.docker.compose.project": self.name, "com.docker.compose.service": "web"}
        made = self.engine.call("POST", f"/containers/create?name={name}",
                                {"Image": IMAGE, "Cmd": ["sleep", "1000"], "Labels": labels,
                                 "HostConfig": {"NetworkMode": "none"}})[1]["Id"]
        result = self.consort("up", "-d", check=False)
        self.assertIn(f"docker compose -p {self.name} down", result.err)
        self.assertEqual(self.engine.inspect(name)["Id"], made)
        self.engine.call("DELETE", f"/containers/{made}?force=1")

    def test_a_taken_port_names_its_holder(self):
        port = free_port()
        self.file({"a": {"image": IMAGE, "command": "sleep 1000", "ports": [f"127.0.0.1:{port}:80"]}})
        self.up()
        self.write("b.yaml", json.dumps({"name": self.name + "b", "services": {
            "b": {"image": IMAGE, "command": "sleep 1000", "ports": [f"127.0.0.1:{port}:80"]}}}))
        result = self.consort("-f", "b.yaml", "up", "-d", check=False)
        self.assertIn(f"port {port} is published by container {self.name}-a-1 (service a of project {self.name})", result.err)
        self.assertNotIn("on endpoint", result.err)
        self.consort("-f", "b.yaml", "down")


if __name__ == "__main__":
    main()
