"""Every key of a service that docs/compose.md says a container gets, by what the engine says that it has made of it:
one `create` of a service for each row."""
import json
import os
import re

from engine import IMAGE, DockerTest, main

DOC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/compose.md")

# Not of how a container is made: who is tested with them is named.
ELSEWHERE = {
    "attach": "test_commands.py", "build": "test_images.py", "develop": "nothing reads it yet",
    "platform": "test_images.py", "post_start": "test_up_down.py", "pre_stop": "test_up_down.py",
    "pull_policy": "test_images.py", "runtime": "test_bad_input.py",
    "gpus": "container_body_test.cc: an engine without a driver refuses them",
    "cpu_rt_period": "container_body_test.cc: few kernels have them",
    "cpu_rt_runtime": "container_body_test.cc: few kernels have them",
    "cpu_count": "Windows", "cpu_percent": "Windows",
    "storage_opt": "container_body_test.cc: needs a file system with quotas",
}

# (what the service says, {where the engine's inspect says it: what}). PROJECT stands for the project's name.
ROWS = [
    ({"annotations": {"a": "b"}}, {}),  # of engines from API 1.43 on: see the warning below
    ({"blkio_config": {"device_read_bps": [{"path": "/dev/null", "rate": "12mb"}],
                       "device_write_iops": [{"path": "/dev/null", "rate": 30}]}},
     {"HostConfig.BlkioDeviceReadBps": [{"Path": "/dev/null", "Rate": 12582912}],
      "HostConfig.BlkioDeviceWriteIOps": [{"Path": "/dev/null", "Rate": 30}]}),
    ({"cap_add": ["NET_ADMIN"], "cap_drop": ["MKNOD"]},
     {"HostConfig.CapAdd": ["NET_ADMIN"], "HostConfig.CapDrop": ["MKNOD"]}),
    ({"cgroup": "private"}, {"HostConfig.CgroupnsMode": "private"}),
    ({"cgroup_parent": "/consort"}, {"HostConfig.CgroupParent": "/consort"}),
    ({"command": "echo 'a b' c"}, {"Config.Cmd": ["echo", "a b", "c"]}),
    ({"command": ["a", "b c"], "entrypoint": "/bin/env x"}, {"Path": "/bin/env", "Args": ["x", "a", "b c"]}),
    ({"configs": [{"source": "c", "target": "/etc/c"}]}, {"HostConfig.Mounts.0.Target": "/etc/c",
                                                       "HostConfig.Mounts.0.ReadOnly": True}),
    ({"container_name": "PROJECT-own"}, {"Name": "/PROJECT-own"}),
    ({"cpu_period": 50000, "cpu_quota": 25000}, {"HostConfig.CpuPeriod": 50000, "HostConfig.CpuQuota": 25000}),
    ({"cpu_shares": 100}, {"HostConfig.CpuShares": 100}),
    ({"cpus": 0.5}, {"HostConfig.NanoCpus": 500000000}),
    ({"cpuset": "0"}, {"HostConfig.CpusetCpus": "0"}),
    ({"depends_on": {"target": {"condition": "service_healthy"}}},
     {"Config.Labels.com·docker·compose·depends_on": "target:service_healthy:false"}),
    ({"deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "50M", "pids": 9}, "reservations": {"memory": "32m"}}}},
     {"HostConfig.NanoCpus": 250000000, "HostConfig.Memory": 52428800, "HostConfig.PidsLimit": 9,
      "HostConfig.MemoryReservation": 33554432}),
    ({"device_cgroup_rules": ["c 1:3 mr"]}, {"HostConfig.DeviceCgroupRules": ["c 1:3 mr"]}),
    ({"devices": ["/dev/null:/dev/x:r", "/dev/zero"]},
     {"HostConfig.Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"},
                             {"PathOnHost": "/dev/zero", "PathInContainer": "/dev/zero", "CgroupPermissions": "rwm"}]}),
    ({"dns": ["1.1.1.1"], "dns_opt": ["ndots:2"], "dns_search": "example.com"},
     {"HostConfig.Dns": ["1.1.1.1"], "HostConfig.DnsOptions": ["ndots:2"], "HostConfig.DnsSearch": ["example.com"]}),
    ({"domainname": "dom"}, {"Config.Domainname": "dom"}),
    ({"env_file": "e.env", "environment": {"A": "b", "EMPTY": "", "N": 1}}, {"Config.Env": ["A=b", "EMPTY=", "FILE=x", "N=1"]}),
    ({"expose": ["80", "90-91/udp"]}, {"Config.ExposedPorts": {"80/tcp": {}, "90/udp": {}, "91/udp": {}}}),
    ({"external_links": ["PROJECT-target-1:far"]},
     {"NetworkSettings.Networks.PROJECT_default.Links": ["PROJECT-target-1:far"]}),
    ({"extra_hosts": ["one:1.2.3.4", "six=[fe80::1]", "gw:host-gateway"]},
     {"HostConfig.ExtraHosts": ["gw:host-gateway", "one:1.2.3.4", "six:fe80::1"]}),
    ({"group_add": [27, "root"]}, {"HostConfig.GroupAdd": ["27", "root"]}),
    ({"healthcheck": {"test": "true"}}, {"Config.Healthcheck.Test": ["NONE"]}),  # Consort runs it
    ({"healthcheck": {"interval": "9s", "timeout": "2s", "retries": 4, "start_period": "5s"}},
     {"Config.Healthcheck": {"Interval": 9000000000, "Timeout": 2000000000, "Retries": 4, "StartPeriod": 5000000000}}),
    ({"hostname": "hosty"}, {"Config.Hostname": "hosty"}),
    ({"image": IMAGE}, {"Config.Image": IMAGE}),
    ({"init": True}, {"HostConfig.Init": True}),
    ({"ipc": "shareable"}, {"HostConfig.IpcMode": "shareable"}),
    ({"ipc": "service:target"}, {"HostConfig.IpcMode": "container:TARGET"}),
    ({"isolation": "default"}, {"HostConfig.Isolation": "default"}),
    ({"label_file": "l.label", "labels": {"n": 1}}, {"Config.Labels.n": "1", "Config.Labels.filed": "yes"}),
    ({"links": ["target:other", "target"]},
     {"NetworkSettings.Networks.PROJECT_default.Links": ["PROJECT-target-1:other", "PROJECT-target-1:target"]}),
    ({"links": ["target"], "networks": {"default": {"priority": 9}, "net": None}},
     {"NetworkSettings.Networks.PROJECT_net.Links": ["PROJECT-target-1:target"]}),
    ({"logging": {"driver": "local", "options": {"max-size": "1m", "max-file": 3}}},
     {"HostConfig.LogConfig": {"Type": "local", "Config": {"max-size": "1m", "max-file": "3"}}}),
    ({"mac_address": "02:42:ac:11:00:09"}, {"Config.MacAddress": "02:42:ac:11:00:09"}),
    ({"mem_limit": "64m", "mem_reservation": "32m", "memswap_limit": "128m"},
     {"HostConfig.Memory": 67108864, "HostConfig.MemoryReservation": 33554432, "HostConfig.MemorySwap": 134217728}),
    ({"mem_swappiness": 10}, {"HostConfig.MemorySwappiness": 10}),
    ({"network_mode": "none"}, {"HostConfig.NetworkMode": "none"}),
    ({"network_mode": "service:target"}, {"HostConfig.NetworkMode": "container:TARGET"}),
    ({"networks": {"default": {"aliases": ["x"]},
                   "net": {"priority": 9, "ipv4_address": "10.99.7.9", "link_local_ips": ["169.254.8.8"],
                           "driver_opts": {"k": "v"}}}},
     {"HostConfig.NetworkMode": "PROJECT_net",
      "NetworkSettings.Networks.PROJECT_net.IPAMConfig": {"IPv4Address": "10.99.7.9", "LinkLocalIPs": ["169.254.8.8"]},
      "NetworkSettings.Networks.PROJECT_net.DriverOpts": {"k": "v"},
      "NetworkSettings.Networks.PROJECT_default.Aliases": ["NAME", "SERVICE", "ID", "x"]}),
    ({"oom_kill_disable": True, "mem_limit": "64m"}, {"HostConfig.OomKillDisable": True}),
    ({"oom_score_adj": 10}, {"HostConfig.OomScoreAdj": 10}),
    ({"pid": "host"}, {"HostConfig.PidMode": "host"}),
    ({"pid": "service:target"}, {"HostConfig.PidMode": "container:TARGET"}),
    ({"pids_limit": 50}, {"HostConfig.PidsLimit": 50}),
    ({"ports": ["127.0.0.1:18080:80", "18090-18091:90-91", "18053:53/udp", "[::1]:18054:54", "99"]},
     {"HostConfig.PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}],
                                  "90/tcp": [{"HostIp": "", "HostPort": "18090"}],
                                  "91/tcp": [{"HostIp": "", "HostPort": "18091"}],
                                  "53/udp": [{"HostIp": "", "HostPort": "18053"}],
                                  "54/tcp": [{"HostIp": "::1", "HostPort": "18054"}],
                                  "99/tcp": [{"HostIp": "", "HostPort": ""}]}}),
    ({"privileged": True}, {"HostConfig.Privileged": True}),
    ({"read_only": True}, {"HostConfig.ReadonlyRootfs": True}),
    ({"restart": "always"}, {"HostConfig.RestartPolicy.Name": "no"}),  # Consort restarts
    ({"scale": 2}, {"Config.Labels.com·docker·compose·container-number": "1"}),
    ({"secrets": ["s"]}, {"HostConfig.Mounts.0.Target": "/run/secrets/s", "HostConfig.Mounts.0.ReadOnly": True}),
    ({"security_opt": ["no-new-privileges:true", "seccomp:./profile.json", "systempaths=unconfined"]},
     {"HostConfig.SecurityOpt": ["no-new-privileges:true", 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'],
      "HostConfig.MaskedPaths": [], "HostConfig.ReadonlyPaths": []}),
    ({"shm_size": "70m"}, {"HostConfig.ShmSize": 73400320}),
    ({"stdin_open": True, "tty": True}, {"Config.OpenStdin": True, "Config.Tty": True}),
    ({"stop_grace_period": "1m30s", "stop_signal": "SIGINT"}, {"Config.StopTimeout": 90, "Config.StopSignal": "SIGINT"}),
    ({"stop_grace_period": "300ms"}, {"Config.StopTimeout": 1}),
    ({"sysctls": {"net.core.somaxconn": 1024}}, {"HostConfig.Sysctls": {"net.core.somaxconn": "1024"}}),
    ({"tmpfs": ["/run", "/x:size=64k"]}, {"HostConfig.Tmpfs": {"/run": "", "/x": "size=64k"}}),
    ({"ulimits": {"nproc": 9, "nofile": {"soft": 1, "hard": 2}}},
     {"HostConfig.Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}, {"Name": "nproc", "Soft": 9, "Hard": 9}]}),
    ({"user": "1:2", "working_dir": "/w"}, {"Config.User": "1:2", "Config.WorkingDir": "/w"}),
    ({"userns_mode": "host"}, {"HostConfig.UsernsMode": "host"}),
    ({"uts": "host"}, {"HostConfig.UTSMode": "host"}),
    ({"volumes": ["./here:/here:ro,z"]}, {"HostConfig.Binds": ["WORK/here:/here:ro,z"]}),
    ({"volumes": ["data:/data:ro"]},
     {"HostConfig.Mounts": [{"Type": "volume", "Source": "PROJECT_data", "Target": "/data", "ReadOnly": True}]}),
    ({"volumes": [{"type": "bind", "source": "/etc", "target": "/e", "read_only": True,
                   "bind": {"recursive": "disabled", "propagation": "rslave"}}]},
     {"HostConfig.Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/e", "ReadOnly": True,
                             "BindOptions": {"Propagation": "rslave", "NonRecursive": True}}]}),
    ({"volumes": [{"type": "volume", "source": "data", "target": "/d", "volume": {"nocopy": True}}]},
     {"HostConfig.Mounts.0.VolumeOptions.NoCopy": True}),
    ({"volumes": [{"type": "volume", "target": "/d", "volume": {"labels": {"a": "b"}}}]},
     {"HostConfig.Mounts.0.VolumeOptions.Labels": {"a": "b"}}),
    ({"volumes": [{"type": "tmpfs", "target": "/t", "tmpfs": {"size": "1m", "mode": 0o700}}]},
     {"HostConfig.Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1048576, "Mode": 448}}]}),
    ({"volumes_from": ["target:ro"]}, {"HostConfig.VolumesFrom": ["PROJECT-target-1:ro"]}),
]
OF_CGROUP_1 = {"mem_swappiness", "oom_kill_disable"}
UNORDERED = {"Config.Env", "HostConfig.ExtraHosts", "HostConfig.SecurityOpt"}


def carried():
    """The keys whose cell for the container says so."""
    text = open(DOC).read().split("## Every key of a service")[1]
    return set(re.findall(r"^\| `(\w+)`.*\| carried \|$", text, re.MULTILINE))


def member(value, path):
    for step in path.split("."):
        step = step.replace("·", ".")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


class Keys(DockerTest):
    def test_every_key_reaches_the_engine(self):
        first = self.engine.get("/info").get("CgroupVersion", "1") == "1"
        rows = [row for row in ROWS if first or not OF_CGROUP_1 & row[0].keys()]
        self.write("e.env", "FILE=x\nA=not this\n")
        self.write("l.label", "filed=yes\n")
        self.write("profile.json", '{ "defaultAction": "SCMP_ACT_ALLOW" }')
        self.write("secret", "hush")
        asked = json.dumps({f"s{i}": {"image": IMAGE, "command": "true", **row[0]} for i, row in enumerate(rows)})
        services = json.loads(asked.replace("PROJECT", self.name))
        self.file({"target": {"image": IMAGE, "command": "true", "ipc": "shareable", "healthcheck": {"test": "true"},
                              "networks": ["default", "net"]}, **services},
                  networks={"net": {"ipam": {"config": [{"subnet": "10.99.7.0/24"}]}}}, volumes={"data": {}},
                  secrets={"s": {"file": "./secret"}}, configs={"c": {"file": "./secret"}})
        made = self.consort("up", "--no-start")
        self.assertIn("annotations needs Docker Engine 24 (API 1.43) or later", made.err)
        target = self.container("target")["Id"]
        for i, (given, expected) in enumerate(rows):
            name = services[f"s{i}"].get("container_name", f"{self.name}-s{i}-1")
            seen = self.engine.inspect(name)
            self.assertIsNotNone(seen, given)
            words = {"PROJECT": self.name, "TARGET": target, "WORK": self.work, "NAME": name,
                     "SERVICE": f"s{i}", "ID": seen["Id"][:12]}
            for path, value in expected.items():
                with self.subTest(given=given, path=path):
                    text = re.sub(r"\b(" + "|".join(words) + r")(?=\b|_)", lambda word: words[word[0]],
                                  json.dumps([path, value]))
                    path, value = json.loads(text)
                    got = member(seen, path)
                    if path in UNORDERED or path.endswith((".Aliases", ".Links")):
                        got, value = sorted(got), sorted(value)
                    self.assertEqual(got, value)

    def test_no_key_is_left_out(self):
        tested = {key for given, _ in ROWS for key in given}
        self.assertEqual(carried() - tested - ELSEWHERE.keys(), set())
        self.assertEqual((tested | ELSEWHERE.keys()) - carried(), set())

    def test_what_this_engine_is_too_old_for_is_refused_before_anything_starts(self):
        if float(self.engine.get("/version")["ApiVersion"].split(".")[1]) >= 44:
            self.skipTest("it is not")
        for key, value, said in (
                ("networks", {"default": {"interface_name": "eth7"}},
                 "networks.default.interface_name needs Docker Engine 28.1 (API 1.49) or later; this engine's API is 1."),
                ("volumes", [{"type": "volume", "source": "data", "target": "/d", "volume": {"subpath": "x"}}],
                 "volumes: volume.subpath needs Docker Engine 26 (API 1.45)"),
                ("healthcheck", {"start_interval": "1s", "start_period": "9s"},
                 "healthcheck.start_interval of an image's own check needs Docker Engine 25 (API 1.44)")):
            self.file({"web": {"image": IMAGE, "command": "sleep 1000", key: value}}, volumes={"data": {}})
            result = self.consort("up", "-d", check=False)
            self.assertEqual(result.code, 1, result)
            self.assertIn(said, result.err)
            self.assertEqual(self.engine.containers(self.name), [])


if __name__ == "__main__":
    main()
