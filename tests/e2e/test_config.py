"""`consort config`: the model of the files, and the questions that it answers about them."""
import json
import os
import unittest

from harness import ProjectTest

THREE_RUNTIMES = """services:
  graph-node:
    runtime: process
    binary: /usr/local/bin/graph-node
    env:
      POSTGRES_URL: "postgres://localhost:5432"
  postgres:
    runtime: container
    image: postgres:15
    volumes:
      - ./data:/var/lib/postgresql/data
  indexer-agent:
    runtime: remote
    host: 192.168.1.100
    binary: /opt/indexer/bin/indexer-agent
"""

VARIABLES = """services:
  web:
    image: example/web:${TAG:-1}
    profiles: [front]
    labels: {price: "5$$"}
    ports: ["${PORT}:80"]
  job:
    command: sh -c 'echo $$HOME ${TAG:-1}'
"""


class ConfigTest(ProjectTest):
    def model(self, *args, **kw):
        return json.loads(self.consort("-p", self.name, *args, "config", "--format", "json", **kw).out)

    def test_one_file_has_services_of_three_runtimes(self):
        self.write("consort.yaml", THREE_RUNTIMES)
        services = self.model()["services"]
        self.assertEqual(services["graph-node"], {
            "binary": "/usr/local/bin/graph-node", "runtime": "process", "working_dir": self.work,
            "environment": {"POSTGRES_URL": "postgres://localhost:5432"}})
        self.assertEqual(services["postgres"], {
            "image": "postgres:15", "runtime": "container", "networks": {"default": None},
            "volumes": [{"type": "bind", "source": os.path.join(self.work, "data"),
                         "target": "/var/lib/postgresql/data", "bind": {"create_host_path": True}}]})
        self.assertEqual(services["indexer-agent"], {
            "binary": "/opt/indexer/bin/indexer-agent", "runtime": "remote", "host": {"name": "192.168.1.100"}})
        quiet = self.consort("-p", self.name, "config", "-q")
        self.assertEqual(quiet.out, "")

    def test_what_it_prints_is_a_file_of_the_same_model(self):
        self.write("compose.yaml", VARIABLES)
        first = self.model("--profile", "*", env={"PORT": "8080"})
        printed = self.consort("-p", self.name, "--profile", "*", "config", env={"PORT": "8080"}).out
        self.write("again/compose.yaml", printed)
        again = self.model("-f", "again/compose.yaml", "--profile", "*")
        self.assertEqual(again["services"], first["services"])

    def test_variables_stay_where_they_are_not_wanted(self):
        self.write("compose.yaml", VARIABLES)
        services = self.model("--profile", "*", env={"PORT": "8080"})["services"]
        self.assertEqual(services["web"]["image"], "example/web:1")
        run = self.consort("-p", self.name, "--profile", "*", "config", "--no-interpolate", "--format", "json")
        self.assertNotIn("is not set", run.err)
        services = json.loads(run.out)["services"]
        self.assertEqual(services["web"]["image"], "example/web:${TAG:-1}")
        self.assertEqual(services["web"]["ports"], ["${PORT}:80"])
        self.assertEqual(services["web"]["labels"], {"price": "5$$"})
        self.assertEqual(services["job"]["command"], "sh -c 'echo $$HOME ${TAG:-1}'")

    def test_lists(self):
        self.write("compose.yaml", VARIABLES)
        lines = lambda *args: self.consort("--profile", "*", "config", *args, env={"PORT": "1"}).out.splitlines()
        self.assertEqual(sorted(lines("--services")), ["job", "web"])
        self.assertEqual(lines("--profiles"), ["front"])
        self.assertEqual(lines("--images"), ["example/web:1"])
        self.assertEqual([line.split()[0] for line in lines("--variables")[1:]], ["PORT", "TAG"])

    def test_several_mistakes_are_told_at_once_and_nothing_is_printed(self):
        self.write("compose.yaml", "services:\n  web:\n    image: 5\n    port: [80]\n  db:\n    image: db\n"
                                   "    ports: [one]\n    depends_on: [wbe]\n")
        run = self.consort("config", check=False)
        self.assertEqual((run.code, run.out), (3, ""))
        places = [line.split(": ")[0] for line in run.err.splitlines() if line.startswith("compose.yaml")]
        self.assertEqual(places, ["compose.yaml:3:12", "compose.yaml:4:5", "compose.yaml:7:13", "compose.yaml:8:18"])


if __name__ == "__main__":
    unittest.main()
