"""Which engine a project's containers are on, however its address is said, and what becomes of another one."""
import hashlib
import json
import os
import re
import shutil
import unittest

import certificates
from engine import IMAGE, DockerTest, engine, main
from harness import free_port


class OtherEngine(DockerTest):
    """Commands from a shell whose DOCKER_HOST means another engine than the one that the project is on."""

    def setUp(self):
        super().setUp()
        self.other = {"DOCKER_HOST": f"unix://{self.dir}/other.sock"}
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"}})
        self.up()
        self.said = (f"the containers of project {self.name} are on the engine at {self.engine.host}, and this "
                     f"command's DOCKER_HOST or docker context names unix://{self.dir}/other.sock")

    def test_up_is_refused_and_says_both(self):
        before = self.container("web")["Id"]
        self.file({"web": {"image": IMAGE, "command": "sleep 2000"}, "new": {"image": IMAGE, "command": "true"}})
        for command in (("up", "-d"), ("create",), ("pull",)):
            with self.subTest(command=command):
                result = self.consort(*command, check=False, env=self.other)
                self.assertEqual(result.code, 3, result)
                self.assertIn(self.said + "; set it back, or end them there first: `consort down`", result.err)
        self.assertEqual(self.container("web")["Id"], before)
        self.assertIsNone(self.container("new"))
        self.up()
        self.assertNotEqual(self.container("web")["Id"], before)

    def test_what_ends_or_changes_it_says_where_it_is(self):
        before = self.container("web")["State"]["StartedAt"]
        self.assertIn(self.said, self.consort("restart", "-t", "0", env=self.other).err)
        self.assertNotEqual(self.container("web")["State"]["StartedAt"], before)
        self.assertNotIn(self.said, self.consort("restart", "-t", "0").err)
        self.assertIn(self.said, self.consort("down", "-t", "0", env=self.other).err)
        self.assertIsNone(self.container("web"))

    def test_of_two_wrong_names_the_last_one_is_told(self):
        self.consort("down", "-t", "0")
        self.file({"native": {"runtime": "process", "command": "sleep 1000"}})
        self.up()
        self.file({"native": {"runtime": "process", "command": "sleep 1000"},
                   "web": {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"}})
        for name, said in ((f"unix://{self.dir}/none", f"cannot reach the engine at unix://{self.dir}/none"),
                           ("nonsense", 'cannot use the engine at "nonsense" (of DOCKER_HOST)'),
                           ("ssh://me@host", "cannot use the engine at ssh://me@host")):
            with self.subTest(name=name):
                result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": name})
                self.assertNotEqual(result.code, 0)
                self.assertRegex(result.err, r"error: consort\.yaml:\d+:\d+: cannot start web: " + re.escape(said))
        self.up()
        self.wait_for("web", lambda: self.container("web"))

    def test_a_new_supervisor_finds_its_engine_whatever_the_shell_names(self):
        self.kill_supervisor()
        self.consort("down", "-t", "0", env=self.other)
        self.assertIsNone(self.container("web"))


class Tls(DockerTest):
    """An engine that listens at tcp:// for clients with certificates of its own authority."""

    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.join(engine().dir, "tls")
        certificates.make(cls.folder)
        cls.address = f"tcp://127.0.0.1:{free_port()}"
        server = f"{cls.folder}/server"
        engine().stop()
        engine().start("-H", cls.address, "--tlsverify", "--tlscacert", f"{server}/ca.pem", "--tlscert",
                       f"{server}/cert.pem", "--tlskey", f"{server}/key.pem")

    @classmethod
    def tearDownClass(cls):
        engine().stop()
        engine().start()

    def setUp(self):
        super().setUp()
        self.file({"web": {"image": IMAGE, "command": ["sh", "-c", "echo up; exec sleep 1000"], "stop_grace_period": "0s"}})
        self.docker = os.path.join(self.dir, "docker")  # the configuration of the docker CLI
        os.mkdir(self.docker)
        self.env.update(DOCKER_CONFIG=self.docker)

    def by_host(self, certificate_path):
        self.env.update(DOCKER_HOST=self.address, DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=certificate_path)

    def by_context(self, name):
        """Made as `docker context create` makes one."""
        self.env.pop("DOCKER_HOST", None)
        number = hashlib.sha256(name.encode()).hexdigest()
        meta, tls = f"{self.docker}/contexts/meta/{number}", f"{self.docker}/contexts/tls/{number}/docker"
        os.makedirs(meta)
        with open(f"{meta}/meta.json", "w") as file:
            json.dump({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": self.address, "SkipTLSVerify": False}}}, file)
        os.makedirs(tls)
        for pem in ("ca.pem", "cert.pem", "key.pem"):
            shutil.copy(f"{self.folder}/client/{pem}", tls)

    def check_life(self):
        """Plain calls, a stream, and connections that are taken over, one of them both ways."""
        self.up()
        self.assertTrue(self.container("web")["State"]["Running"])
        self.wait_for("its line", lambda: self.logs("web") == ["up"])
        self.assertEqual(self.consort("exec", "-T", "web", "cat", stdin="there and back" * 10000).out, "there and back" * 10000)
        self.assertEqual(self.consort("run", "--rm", "-T", "web", "sh", "-c", "cat; exit 7", stdin="in", check=False).code, 7)
        self.consort("down", "-t", "0")
        self.assertIsNone(self.container("web"))

    def refusal(self):
        result = self.consort("up", "-d", check=False)
        self.assertNotEqual(result.code, 0, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: ")
        return result.err

    def test_docker_host_with_certificates(self):
        self.by_host(f"{self.folder}/client")
        self.check_life()

    def test_a_context_that_is_named_and_one_that_is_chosen(self):
        self.by_context("far")
        self.env["DOCKER_CONTEXT"] = "far"
        self.check_life()
        del self.env["DOCKER_CONTEXT"]
        with open(f"{self.docker}/config.json", "w") as file:
            json.dump({"currentContext": "far"}, file)
        self.check_life()

    def test_a_context_that_is_not_there(self):
        self.env.pop("DOCKER_HOST")
        self.env["DOCKER_CONTEXT"] = "nowhere"
        self.assertIn("cannot use the docker context nowhere: there is none of this name", self.refusal())

    def test_an_engine_of_another_authority(self):
        certificates.make(f"{self.dir}/others")
        self.by_host(f"{self.dir}/others/client")
        self.assertRegex(self.refusal(), f"cannot reach the engine at {self.address}: .*certificate")

    def test_a_client_without_certificates(self):
        self.env["DOCKER_HOST"] = self.address
        self.assertRegex(self.refusal(), f"cannot use the engine at {self.address}: it wants TLS; set DOCKER_TLS_VERIFY")
        self.by_host(self.dir)
        self.assertIn(f"{self.dir} has no ca.pem and cert.pem; set DOCKER_CERT_PATH", self.refusal())


if __name__ == "__main__":
    main()
