"""What is killed, restarted, removed or hung while containers run: nothing is lost, nothing runs twice."""
import json
import os
import re
import select
import shutil
import signal
import socket
import socketserver
import threading
import time
import unittest

from engine import DEADLINE, IMAGE, DockerTest, main

COUNTER = ["sh", "-c", "trap 'exit 0' TERM; i=0; while :; do i=$$((i+1)); echo $$i; echo err$$i >&2; sleep 0.02; done"]


class RefusingOnce(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Between Consort and an engine: the first start gets the answer of an engine that was killed while it started
    this container, and has its task still; all else is passed on."""
    daemon_threads = True

    def __init__(self, path, engine):
        self.engine, self.refused, self.lock = engine, None, threading.Lock()
        super().__init__(path, self.Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def refuses(self, request):
        start = re.match(rb"POST /v[0-9.]+/containers/(\w+)/start ", request)
        with self.lock:
            if not start or self.refused:
                return b""
            self.refused = start[1].decode()
        body = json.dumps({"message": f"task {self.refused}: already exists"}).encode()
        return (b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))

    class Passing(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(self.server.engine)
                while True:
                    for one in select.select([self.request, engine], [], [])[0]:
                        try:
                            data = one.recv(65536)
                        except ConnectionError:
                            return
                        if not data:
                            return
                        if one is engine:
                            self.request.sendall(data)
                        elif refusal := self.server.refuses(data):
                            return self.request.sendall(refusal)
                        else:
                            engine.sendall(data)


class Faults(DockerTest):
    def check_numbered(self, service):
        """Both streams of COUNTER: each number once, in order."""
        lines = self.logs(service)
        for prefix in ("", "err"):
            numbers = [int(l[len(prefix):]) for l in lines if l.startswith(prefix) and l[len(prefix):].isdigit()]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)), f"{prefix}: gap or duplicate")
            self.assertGreater(len(numbers), 0)
        return len(lines)

    def test_a_killed_supervisor_loses_no_line_and_starts_no_second_copy(self):
        self.file({"counter": {"image": IMAGE, "command": COUNTER}})
        self.up()
        first = self.container("counter")
        self.wait_for("some lines", lambda: len(self.logs("counter")) > 20)
        for _ in range(3):
            self.kill_supervisor()
            time.sleep(0.3)  # lines that nobody reads meanwhile
            self.wait_state("counter-1", "running")
            before = len(self.logs("counter"))
            self.wait_for("more lines", lambda: len(self.logs("counter")) > before + 20)
        self.assertEqual(self.container("counter")["State"]["StartedAt"], first["State"]["StartedAt"])
        self.assertEqual(len(self.engine.containers(self.name)), 1)
        self.consort("stop", "counter")
        self.check_numbered("counter")

    def test_a_supervisor_that_is_killed_while_it_creates_leaves_one_container_of_each(self):
        names = [f"s{i}" for i in range(6)]
        self.file({name: {"image": IMAGE, "command": "sleep 1000"} for name in names})
        going = self.spawn("up", "-d")
        pid = self.wait_for("the supervisor", self.supervisor_pid)
        self.wait_for("the creates to be asked for", lambda: any(row["State"] == "starting" for row in self.ps().values()))
        os.kill(pid, signal.SIGKILL)
        going.communicate(timeout=DEADLINE)
        for name in names:
            self.wait_state(f"{name}-1", "running")
        self.assertEqual(sorted(c["Labels"]["com.docker.compose.service"] for c in self.engine.containers(self.name)), names)
        self.assertTrue(all(c["State"] == "running" for c in self.engine.containers(self.name)))

    def hooks(self):
        path = os.path.join(self.work, "shared", "hooks")
        return open(path).read().count("began") if os.path.exists(path) else 0

    def start_to_hang_in_its_hook(self, after):
        """The supervisor is killed while `post_start` waits; `after`: what it does when it may go on."""
        self.write("shared/README", "")
        hook = f"echo began >> /shared/hooks; while ! test -e /shared/go; do sleep 0.02; done; {after}"
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s",
                           "volumes": ["./shared:/shared"], "post_start": [{"command": ["sh", "-c", hook]}]}})
        going = self.spawn("up", "-d")
        self.wait_for("the hook", lambda: self.hooks() == 1)
        self.kill_supervisor()
        going.communicate(timeout=DEADLINE)
        again = self.spawn("ps")  # has another one started
        self.wait_for("the hook to run again", lambda: self.hooks() == 2)
        self.write("shared/go", "")
        again.communicate(timeout=DEADLINE)

    def events(self):
        return self.consort("events", "--json", "--since", "1h", "--until", "0s").out

    def test_a_hook_whose_answer_is_lost_runs_again_which_is_told(self):
        self.start_to_hang_in_its_hook("true")
        self.wait_state("web-1", "running")
        self.assertEqual(self.replica("web-1")["Restarts"], 0)
        self.assertIn("post_start runs again: the supervisor ended before it had an answer", self.events())
        started = self.container("web")["State"]["StartedAt"]
        self.kill_supervisor()  # and not once more
        self.wait_state("web-1", "running")
        self.assertEqual(self.hooks(), 2)
        self.assertEqual(self.container("web")["State"]["StartedAt"], started)

    def test_a_hook_that_fails_when_it_runs_again_fails_the_start(self):
        self.start_to_hang_in_its_hook("exit 3")
        row = self.wait_state("web-1", "failed")
        self.assertRegex(row["Reason"], "post_start: .*exited with 3")
        self.assertIsNone(self.container("web"))

    def test_what_ends_while_nobody_watches_is_known_with_its_code_and_last_line(self):
        self.file({"job": {"image": IMAGE, "command": ["sh", "-c", "while ! test -e /tmp/go; do sleep 0.02; done; echo last; exit 7"]},
                   "other": {"image": IMAGE, "command": "sleep 1000"}})
        self.up()
        name = f"{self.name}-job-1"
        self.kill_supervisor()
        made = self.engine.call("POST", f"/containers/{name}/exec", {"Cmd": ["touch", "/tmp/go"]})[1]["Id"]
        self.engine.call("POST", f"/exec/{made}/start", {"Detach": True})
        self.wait_for("the job to end", lambda: not self.engine.inspect(name)["State"]["Running"])
        self.wait_state("job-1", "exited")
        self.assertEqual(self.replica("job-1")["ExitCode"], 7)
        self.assertEqual(self.logs("job"), ["last"])

    def test_a_container_removed_behind_its_back_is_made_again(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "restart": "always"}})
        self.up()
        first = self.container("web")["Id"]
        self.engine.call("DELETE", f"/containers/{first}?force=1")
        again = self.wait_for("another container", lambda: self.container("web"))
        self.assertNotEqual(again["Id"], first)
        self.wait_state("web-1", "running")

    def test_a_restarted_engine_is_waited_for_and_its_containers_started_again(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "restart": "always"},
                   "native": {"runtime": "process", "command": "sleep 1000"}})
        self.up()
        native = self.replica("native-1")
        self.engine.stop()
        self.wait_state("web-1", "unknown", "backoff", "starting", "exited")
        self.assertEqual(self.replica("native-1")["State"], "running")
        self.engine.start()
        self.wait_state("web-1", "running")
        self.wait_for("its container to run", lambda: (self.container("web") or {"State": {"Running": False}})["State"]["Running"])
        self.assertEqual(len(self.engine.containers(self.name)), 1)
        self.assertEqual(self.replica("native-1")["Pid"], native["Pid"])

    def test_a_start_that_a_killed_engine_left_behind_is_made_anew(self):
        proxy = RefusingOnce(os.path.join(self.dir, "proxy.sock"), self.engine.socket)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        self.env["DOCKER_HOST"] = f"unix://{proxy.server_address}"
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"}})
        self.up()
        self.wait_state("web-1", "running")
        self.assertTrue(proxy.refused)
        self.assertNotEqual(self.container("web")["Id"], proxy.refused)
        self.assertEqual(len(self.engine.containers(self.name)), 1)

    def test_an_up_under_way_does_not_wait_for_an_engine_that_is_gone(self):
        self.file({"gate": {"runtime": "process", "command": ["sh", "-c", "while ! test -e go; do sleep 0.02; done"]},
                   "web": {"image": IMAGE, "command": "sleep 1000",
                           "depends_on": {"gate": {"condition": "service_completed_successfully"}}}})
        going = self.spawn("up", "-d", text=True)
        self.wait_state("gate-1", "running")
        self.engine.stop()
        try:
            self.write("go", "")
            _, err = going.communicate(timeout=DEADLINE)
            self.assertNotEqual(going.returncode, 0)
            self.assertRegex(err, r"consort\.yaml:\d+:\d+: cannot start web-1: cannot reach the engine at .*it is tried again")
        finally:
            self.engine.start()
        self.wait_state("web-1", "running")

    def test_a_project_whose_engine_is_gone_for_good_can_be_forgotten(self):
        """As docs/containers.md says."""
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "stop_grace_period": "0s"},
                   "native": {"runtime": "process", "command": "sleep 1000"}})
        self.up()
        self.engine.stop()
        try:
            result = self.consort("down", check=False)
            self.assertEqual(result.code, 1, result)
            self.assertIn(f"cannot reach the engine at {self.engine.host}", result.err)
            self.assertEqual(list(self.ps()), ["web-1"])
            result = self.consort("up", "-d", check=False)
            self.assertNotEqual(result.code, 0)
            self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot start web: cannot reach the engine")
            self.consort("supervisor", "stop")
            shutil.rmtree(self.project_state())
            self.assertIn("nothing of project", self.consort("down").err)
        finally:
            self.engine.start()
        self.up()  # if it comes back all the same, its containers are the project's
        self.assertEqual(len(self.engine.containers(self.name)), 1)

    def test_live_restore_keeps_the_containers_and_their_lines(self):
        self.engine.stop()
        self.engine.start("--live-restore")
        try:
            self.file({"counter": {"image": IMAGE, "command": COUNTER}})
            self.up()
            started = self.container("counter")["State"]["StartedAt"]
            self.wait_for("some lines", lambda: len(self.logs("counter")) > 20)
            self.engine.stop()
            self.engine.start("--live-restore")
            self.wait_state("counter-1", "running")
            self.assertEqual(self.container("counter")["State"]["StartedAt"], started)
            before = len(self.logs("counter"))
            self.wait_for("more lines", lambda: len(self.logs("counter")) > before + 20)
            self.consort("stop", "counter")
            self.check_numbered("counter")
        finally:
            self.consort("down", "-t", "1", check=False)
            self.engine.stop()
            self.engine.start()

    def test_a_hanging_engine_holds_up_nobody_else(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"},
                   "native": {"runtime": "process", "command": "sleep 1000"}})
        self.up()
        self.engine.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            self.consort("restart", "-t", "1", "native")
            self.assertLess(time.monotonic() - began, 10)
            result = self.consort("exec", "web", "true", check=False)
            self.assertNotEqual(result.code, 0)
            self.assertIn("does not answer", result.err)
            self.assertIn(self.replica("web-1")["State"], ("unknown", "running"))
        finally:
            self.engine.process.send_signal(signal.SIGCONT)
        self.wait_state("web-1", "running")
        self.assertEqual(self.consort("exec", "web", "echo", "hi").out, "hi\n")
        self.assertEqual(len(self.engine.containers(self.name)), 1)


if __name__ == "__main__":
    main()
