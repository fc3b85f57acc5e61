"""A whole Compose file with stand-ins for its images: that it comes up in the order that it asks for, as
containers alone and with some of its services moved to processes, and goes without a trace."""
import json
import os
import time
import urllib.request

import stand_ins
from engine import DockerTest

UP = 240  # seconds: images are built, and health checks have intervals of up to ten seconds
GATEWAY = f"10.{90 + os.getpid() % 10}.77.1"


class StackTest(DockerTest):
    FILE = "compose.yaml"

    def lay_out(self, folder, env_file):
        """The project's folder from `folder`, with everything that its services build and mount."""
        for source, target in ((self.FILE, self.FILE), (env_file, ".env")):
            self.write(target, open(os.path.join(folder, source)).read())
        self.env["COMPOSE_PROJECT_NAME"] = self.name
        self.model = json.loads(self.stack("config", "--format", "json").out)
        self.stand_ins = stand_ins.of(self.model)
        stand_ins.make(self.engine, self.stand_ins)
        for service in self.model["services"].values():
            for mount in service.get("volumes", []):
                if mount["type"] == "bind" and "." in os.path.basename(mount["source"])[1:]:
                    self.write(mount["source"], "-- of a test\n")

    def stack(self, *args, files=(), **kw):
        kw.setdefault("timeout", UP)
        given = [part for file in (self.FILE, *files) for part in ("-f", file)]
        return self.consort(*given, "--profile", "*", *args, **kw)

    def override(self, *moved):
        """Moves services to processes of this machine. What waits for one finds it at the network's
        gateway, by the entry that a user would write too."""
        services = {}
        for name in moved:
            stand_in = self.stand_ins[name]
            services[name] = {"runtime": "process", "binary": os.path.join(stand_ins.FOLDER, "main"),
                              "environment": stand_in.native(self.stand_ins)}
            for other, waiting in self.stand_ins.items():
                if waiting.conditions.get(name) == "service_healthy" and other not in moved and not waiting.plain:
                    hosts = services.setdefault(other, {}).setdefault("extra_hosts", {})
                    hosts[name] = GATEWAY
        network = {"ipam": {"config": [{"subnet": GATEWAY[:-1] + "0/24", "gateway": GATEWAY}]}}
        self.write("override.yaml", json.dumps({"services": services, "networks": {"default": network}}))

    def moments(self):
        """{service: {state or health: the number of the event that first said so}}."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
        seen = {}
        for line in self.consort("events", "--json", "--since", "1h", "--until", until).out.splitlines():
            event = json.loads(line)
            if status := event.get("status"):
                of = seen.setdefault(event["service"], {})
                for what in (status["state"], status.get("health")):
                    of.setdefault(what, event["sequence"])
        return seen

    def check_up(self, processes=()):
        for name, stand_in in self.stand_ins.items():
            if stand_in.plain:  # nobody waits for it, so `--wait` may see it run
                self.wait_state(f"{name}-1", "exited")
        rows = {row["Service"]: row for row in self.ps().values()}
        self.assertEqual(sorted(rows), sorted(self.model["services"]))
        for name, row in rows.items():
            stand_in = self.stand_ins[name]
            with self.subTest(service=name):
                ends = stand_in.job or stand_in.plain
                self.assertEqual((row["State"], row["ExitCode"]), ("exited" if ends else "running", 0))
                self.assertEqual(row["Restarts"], 0)
                self.assertEqual(row["Health"], "healthy" if stand_in.check else "")
                self.assertEqual(row["Runtime"], "process" if name in processes else "container")
        self.check_order()
        for name, stand_in in self.stand_ins.items():
            for port in stand_in.service.get("ports", []):
                with self.subTest(service=name, port=port["published"]):
                    answer = urllib.request.urlopen(f"http://127.0.0.1:{port['published']}/", timeout=30).read()
                    self.assertEqual(json.loads(answer)["service"], name)

    def check_order(self):
        """Each condition held before what waits for it was started."""
        seen = self.moments()
        wanted = {"service_started": "running", "service_healthy": "healthy", "service_completed_successfully": "exited"}
        for name, stand_in in self.stand_ins.items():
            for dependency, condition in stand_in.conditions.items():
                with self.subTest(service=name, waits_for=dependency):
                    self.assertLessEqual(seen[dependency][wanted[condition]], seen[name]["starting"])

    def check_gone(self):
        self.stack("down", "-v", "--rmi", "local")
        self.assertEqual(self.engine.containers(), [])
        volumes = self.engine.get("/volumes")["Volumes"] or []
        self.assertEqual([v["Name"] for v in volumes if v["Name"].startswith(self.name)], [])
