"""Logins of the docker CLI's config.json and of its credential helpers, at a registry that wants one."""
import base64
import json
import os
import unittest

from engine import main
from test_images import ImagesTest, busybox_files

LOGIN = "someone:secret of theirs"


class Logins(ImagesTest):
    def setUp(self):
        super().setUp()
        self.registry.login = LOGIN
        self.image = self.registry.put("private:1", busybox_files("private"))
        self.file({"a": {"image": self.image}})
        self.docker = os.path.join(self.dir, "docker")
        self.bin = os.path.join(self.dir, "bin")
        for folder in (self.docker, self.bin):
            os.mkdir(folder)
        self.env.update(DOCKER_CONFIG=self.docker, PATH=f"{self.bin}:{self.env['PATH']}")

    def config(self, **members):
        with open(f"{self.docker}/config.json", "w") as file:
            json.dump(members, file)

    def helper(self, name, script):
        """docker-credential-NAME, which is told the registry on its stdin."""
        path = f"{self.bin}/docker-credential-{name}"
        with open(path, "w") as file:
            file.write(f'#!/bin/sh\n[ "$1" = get ] || exit 9\nread -r registry\n{script}\n')
        os.chmod(path, 0o755)

    def answering(self, name, login):
        user, secret = login.split(":")
        answer = json.dumps({"ServerURL": "x", "Username": user, "Secret": secret})
        self.helper(name, f"""[ "$registry" = {self.registry.host} ] && echo '{answer}'""")

    def check_pulled(self):
        result = self.consort("pull")
        self.assertIsNotNone(self.image_id(self.image), result)
        self.assertNotIn("secret of theirs", result.err)

    def check_refused(self, *texts):
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot start a: ")
        for text in texts:
            self.assertIn(text, result.err)
        self.assertIsNone(self.image_id(self.image))

    def test_of_the_file(self):
        self.config(auths={self.registry.host: {"auth": base64.b64encode(LOGIN.encode()).decode()}})
        self.check_pulled()

    def test_of_a_helper_for_this_registry(self):
        self.answering("one", LOGIN)
        self.helper("all", "echo 'not this one' && exit 1")
        self.config(credsStore="all", credHelpers={self.registry.host: "one"})
        self.check_pulled()

    def test_of_the_store_for_all_registries(self):
        self.answering("all", LOGIN)
        self.config(credsStore="all")
        self.check_pulled()

    def test_a_store_that_knows_none_leaves_it_to_the_file(self):
        self.helper("all", "echo 'credentials not found in native keychain'; exit 1")
        self.config(credsStore="all", auths={self.registry.host: {"auth": base64.b64encode(LOGIN.encode()).decode()}})
        self.check_pulled()

    def test_none_and_a_wrong_one(self):
        self.check_refused("no basic auth credentials")
        self.answering("all", "someone:wrong")
        self.config(credsStore="all")
        self.check_refused(self.registry.host, "unauthorized")

    def test_a_helper_that_fails_and_one_that_is_not_there(self):
        self.helper("all", "echo 'the keychain is locked'; exit 1")
        self.config(credsStore="all")
        self.check_refused(f"cannot get the login for {self.registry.host}: docker-credential-all: the keychain is locked")
        self.config(credsStore="missing")
        self.check_refused("docker-credential-missing")


if __name__ == "__main__":
    main()
