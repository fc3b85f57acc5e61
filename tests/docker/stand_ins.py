"""Stand-ins for the images of a Compose file, made without a network: each listens where the real one does,
passes the file's own health check, and asks what it depends on before it says so. They come from the
file alone: ports, health checks, volumes and dependencies of its normal form (`consort config`)."""
import os
import re
import shlex

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files", "stand-in")
BASE = "stand-in:base"
PLAIN = re.compile(r"^busybox(:|$)")  # is what it is


class StandIn:
    def __init__(self, name, model):
        services = model["services"]
        service = services[name]
        self.name, self.service = name, service
        self.plain = bool(PLAIN.match(service.get("image", "")))
        self.conditions = {d: value["condition"] for d, value in service.get("depends_on", {}).items()}
        self.job = any(other.get("depends_on", {}).get(name, {}).get("condition") == "service_completed_successfully"
                       for other in services.values())
        self.check = check_text(service)
        ports = [int(port["target"]) for port in service.get("ports", [])]
        ports += [int(port) for port in re.findall(r"https?://(?:localhost|127\.0\.0\.1):(\d+)", self.check)]
        self.ports = list(dict.fromkeys(ports))
        mounts = service.get("volumes", [])
        shared = [m for m in mounts if m["type"] == "volume"]
        self.writes = [f"{m['target']}/{name}" for m in shared if not m.get("read_only")]
        self.writes += re.findall(r"\btest -f (\S+)", self.check)
        self.reads = [m["target"] for m in mounts if m["type"] == "bind"]
        for mount in shared:
            self.reads += [f"{mount['target']}/{d}" for d, condition in self.conditions.items()
                           if condition == "service_completed_successfully" and writes(services[d], mount["source"])]

    def peers(self, others, host=None):
        """What it asks: those it waits for to be healthy. `host`: where instead of at their names."""
        return [f"{d}={host or d}:{self.outside(others[d]) if host else others[d].ports[0]}"
                for d, condition in self.conditions.items()
                if condition == "service_healthy" and others[d].ports]

    @staticmethod
    def outside(other):
        return next(p["published"] for p in other.service["ports"] if int(p["target"]) == other.ports[0])

    def environment(self, others):
        return {"STAND_IN": self.name, "STAND_IN_JOB": "1" if self.job else "",
                "STAND_IN_PORTS": " ".join(map(str, self.ports)), "STAND_IN_PEERS": " ".join(self.peers(others)),
                "STAND_IN_READS": " ".join(self.reads), "STAND_IN_WRITES": " ".join(self.writes)}

    def native(self, others):
        """The same one as a process: what it asks, it asks at the published ports of this machine."""
        return {"STAND_IN": self.name, "STAND_IN_PORTS": " ".join(map(str, self.ports)),
                "STAND_IN_PEERS": " ".join(self.peers(others, "127.0.0.1"))}


def check_text(service):
    test = service.get("healthcheck", {}).get("test", [])
    if isinstance(test, str):
        return test
    return test[1] if test[:1] == ["CMD-SHELL"] else shlex.join(test[1:])


def writes(service, volume):
    return any(m["type"] == "volume" and m["source"] == volume and not m.get("read_only")
               for m in service.get("volumes", []))


def of(model):
    return {name: StandIn(name, model) for name in model["services"]}


def make(engine, stand_ins):
    """The base image; what a service only has by name, as an image; what it builds, as its context."""
    programs = {shlex.split(s.check)[0] for s in stand_ins.values() if s.check} - {"test"} | {"curl"}
    files = {f"stand-in/{name}": name for name in os.listdir(FOLDER)}
    # A volume that is mounted read-only takes no mount point of another mount, so images bring it.
    nested = {read for s in stand_ins.values() for read in s.reads if os.path.basename(read) == ".env"}
    engine.import_image(
        BASE, ['ENTRYPOINT ["/stand-in/main"]'],
        files={path: (os.path.join(FOLDER, name), 0o755) for path, name in files.items()} |
              {path.lstrip("/"): (os.devnull, 0o644) for path in nested},
        links={f"usr/local/bin/{program}": "/stand-in/client" for program in programs})
    for s in stand_ins.values():
        lines = [f"{key}={quoted(value)}" for key, value in s.environment(stand_ins).items()]
        if s.plain:
            engine.tag("busybox:consort", s.service["image"])
        elif "build" in s.service:
            build = s.service["build"]
            os.makedirs(build["context"], exist_ok=True)
            with open(os.path.join(build["context"], build.get("dockerfile", "Dockerfile")), "w") as file:
                arguments = [f"ARG {name}" for name in build.get("args", {})]
                file.write("\n".join([f"FROM {BASE}", *arguments, *(f"ENV {line}" for line in lines)]) + "\n")
        else:
            engine.commit(BASE, s.service["image"], [f"ENV {line}" for line in lines])


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
