"""What cannot be done: a clear error at the service's line, with what to do about it, and what runs stays."""
import http.server
import os
import re
import socketserver
import subprocess
import threading
import unittest

from engine import IMAGE, DockerTest, Engine, main
from harness import CONSORT, DEADLINE, Result

NOBODY = 65534


class Serving:
    """A server of HTTP in a thread, for as long as the block lasts."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    def get_request(self):
        return super().get_request()[0], ("engine", 0)


def answering(status, headers, body=b""):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass
    return Handler


class Refused(DockerTest):
    """`web` is what cannot be started; `kept` runs before and after."""

    def with_kept(self, web, **top):
        kept = {"image": IMAGE, "command": "sleep 1000"}
        self.file({"kept": kept})
        self.up()
        before = self.container("kept")
        self.file({"kept": kept, "web": web}, **top)
        return before

    def check_refused(self, before, *texts, line='"web": {'):
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        for text in texts:
            self.assertIn(text, result.err)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: ")
        place = re.search(r"consort\.yaml:(\d+):\d+: ", result.err)
        file = open(os.path.join(self.work, "consort.yaml")).read()
        self.assertIn(line, file.splitlines()[int(place[1]) - 1])
        after = self.container("kept")
        self.assertTrue(after["State"]["Running"])
        self.assertEqual(after["State"]["StartedAt"], before["State"]["StartedAt"])
        self.assertIsNone(self.container("web"), "left behind")
        return result

    def test_a_registry_that_refuses_the_pull(self):
        denied = b'{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}'
        handler = answering(403, {"Content-Type": "application/json", "Docker-Distribution-Api-Version": "registry/2.0"}, denied)
        with Serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as registry:
            image = f"127.0.0.1:{registry.server_port}/private/app:1"
            before = self.with_kept({"image": image})
            self.check_refused(before, f"pulling {image} failed", "denied")

    def test_a_registry_that_is_not_there(self):
        before = self.with_kept({"image": "127.0.0.1:1/private/app:1"})
        self.check_refused(before, "pulling 127.0.0.1:1/private/app:1 failed", "connection refused")

    def test_an_image_that_is_not_there_and_may_not_be_pulled(self):
        before = self.with_kept({"image": "none:1", "pull_policy": "never"})
        self.check_refused(before, "image none:1 is not there", "`consort pull web`")

    def test_a_name_that_is_no_image(self):
        before = self.with_kept({"image": "registry.invalid/app:"})
        self.check_refused(before, "invalid reference format", "[HOST[:PORT]/]NAME[:TAG][@DIGEST]")

    def test_what_is_new_beside_it_is_not_started_either(self):
        self.file({"new": {"image": IMAGE, "command": "sleep 1000"}, "web": {"image": "BAD//::x"}})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertIn('cannot start web: "BAD//::x" cannot name an image', result.err)
        self.assertEqual(self.engine.containers(self.name), [])

    def test_a_failing_build_shows_the_output_of_its_step(self):
        before = self.with_kept({"build": {"context": ".", "dockerfile_inline":
                                           f"FROM {IMAGE}\nRUN true\nRUN echo because of this; exit 5\n"}})
        self.check_refused(before, "because of this", "returned a non-zero code: 5")

    def test_a_build_that_needs_buildkit(self):
        before = self.with_kept({"build": {"context": ".", "dockerfile_inline":
                                           f"FROM {IMAGE}\nRUN --mount=type=cache,target=/c true\n"}})
        result = self.check_refused(before, "requires BuildKit, which is not supported yet; build the image with")
        self.assertNotIn("docs.docker.com", result.err)

    def test_a_build_without_its_dockerfile(self):
        before = self.with_kept({"build": "."})
        self.check_refused(before, "there is no Dockerfile in the build context")

    def test_a_build_without_its_context(self):
        self.write("file", "")
        before = self.with_kept({"build": "./none"})
        self.check_refused(before, f"the build context {self.work}/none does not exist")
        self.with_kept({"build": "./file"})
        self.check_refused(before, f"the build context {self.work}/file is no folder")

    def test_a_container_that_nobody_knows_has_the_name(self):
        before = self.with_kept({"image": IMAGE, "command": "sleep 1000"})
        name = f"{self.name}-web-1"
        made = self.engine.call("POST", f"/containers/create?name={name}",
                                {"Image": IMAGE, "HostConfig": {"NetworkMode": "none"}, "Cmd": ["true"]})[1]["Id"]
        try:
            result = self.consort("up", "-d", check=False)
            self.assertEqual(result.code, 3, result)
            self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: .*" + name)
            self.assertIn(f"docker rm -f {name}", result.err)
            self.assertEqual(self.engine.inspect(name)["Id"], made)
            self.assertEqual(self.container("kept")["State"]["StartedAt"], before["State"]["StartedAt"])
        finally:
            self.engine.call("DELETE", f"/containers/{made}?force=1")

    def test_a_program_that_the_image_does_not_have(self):
        before = self.with_kept({"image": IMAGE, "command": "no-such-program"})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertIn("no-such-program", result.err)
        self.assertEqual(self.container("kept")["State"]["StartedAt"], before["State"]["StartedAt"])

    def test_an_oci_runtime_that_the_engine_does_not_have(self):
        before = self.with_kept({"image": IMAGE, "runtime": "no-such-runtime"})
        kept = {"image": IMAGE, "command": "sleep 1000"}
        self.file({"kept": kept, "another": kept, "web": {"image": IMAGE, "runtime": "no-such-runtime"}})
        result = self.check_refused(before, "runc", line='"runtime"')
        self.assertRegex(result.err, r"(?m)^error: .*: cannot start web: the engine has no OCI runtime no-such-runtime")
        self.assertIsNone(self.container("another"), "started before web was refused")

    def test_an_oci_runtime_that_the_engine_has(self):
        self.file({"web": {"image": IMAGE, "command": "sleep 1000", "runtime": "runc"}})
        self.up()
        self.assertEqual(self.container("web")["HostConfig"]["Runtime"], "runc")


class NoEngine(DockerTest):
    def setUp(self):
        super().setUp()
        self.file({"web": {"image": IMAGE, "command": "sleep 1000"}})

    def check_said(self, result, code, *texts):
        self.assertEqual(result.code, code, result)  # docs/exit-codes.md
        for text in texts:
            self.assertIn(text, result.err)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: ")

    def test_an_engine_whose_api_is_too_old(self):
        path = os.path.join(self.dir, "old.sock")
        with Serving(UnixServer(path, answering(200, {"Api-Version": "1.24"}))):
            result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": f"unix://{path}"})
            self.check_said(result, 3, "its API is 1.24", "1.41 (Docker Engine 20.10) or later")

    def test_something_else_that_listens_at_the_socket(self):
        path = os.path.join(self.dir, "other.sock")
        with Serving(UnixServer(path, answering(404, {}, b"nothing here"))):
            result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": f"unix://{path}"})
            self.check_said(result, 3, f"cannot use the engine at unix://{path}")

    def test_a_socket_that_one_may_not_use(self):
        os.chmod(self.dir, 0o755)
        os.chmod(os.path.dirname(self.engine.socket), 0o755)
        for folder, folders, files in os.walk(self.dir):
            for path in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):
                os.chown(path, NOBODY, NOBODY)
        done = subprocess.run([CONSORT, "up", "-d"], cwd=self.work, env=self.env, user=NOBODY, group=NOBODY,
                              extra_groups=[], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
        try:
            self.check_said(Result(done.returncode, done.stdout, done.stderr), 6, "permission denied", "usermod -aG docker")
        finally:
            subprocess.run([CONSORT, "down"], cwd=self.work, env=self.env, user=NOBODY, group=NOBODY, extra_groups=[],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)

    def test_an_address_over_ssh_is_refused_for_now(self):
        result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": "ssh://somewhere"})
        self.check_said(result, 3, "engines behind ssh are not supported yet", "ssh -L")
        self.assertEqual(result.err.count("consort.yaml:"), 1, result.err)

    def test_no_engine(self):
        self.file({"native": {"command": "sleep 1000"}})
        self.up()
        pid = self.replica("native-1")["Pid"]
        self.file({"native": {"command": "sleep 1000"}, "web": {"image": IMAGE, "command": "true"}})
        result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": f"unix://{self.dir}/none.sock"})
        self.check_said(result, 5, f"cannot reach the engine at unix://{self.dir}/none.sock", "is it running?")
        self.assertEqual(self.replica("native-1")["Pid"], pid)
        self.up()  # of the same supervisor: nothing can be on the engine that was not there
        self.wait_state("web-1", "running")
        self.assertEqual(self.replica("native-1")["Pid"], pid)

    def test_the_next_up_with_another_address_finds_its_engine(self):
        result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": f"unix://{self.dir}/none.sock"})
        self.check_said(result, 5, "cannot reach the engine")
        self.up()
        self.wait_state("web-1", "running")
        self.consort("down", "-t", "0")
        result = self.consort("up", "-d", check=False, env={"DOCKER_HOST": "ssh://somewhere"})
        self.check_said(result, 3, "ssh -L")
        self.up()


class DiskFull(DockerTest):
    """An engine whose data root is a file system of a few megabytes."""

    def setUp(self):
        super().setUp()
        self.small = Engine(data_size="40m")
        self.env["DOCKER_HOST"] = self.small.host
        self.addCleanup(self.small.remove)

    def tearDown(self):
        self.consort("down", "-t", "0", check=False)
        self.assertEqual(self.small.containers(), [])
        super().tearDown()

    def test_a_build_that_does_not_fit(self):
        self.file({"kept": {"image": IMAGE, "command": "sleep 1000"}})
        self.up()
        started = self.small.inspect(f"{self.name}-kept-1")["State"]["StartedAt"]
        self.file({"kept": {"image": IMAGE, "command": "sleep 1000"},
                   "web": {"build": {"context": ".", "dockerfile_inline":
                                     f"FROM {IMAGE}\nRUN dd if=/dev/zero of=/big bs=1M count=100\n"}}})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertIn("No space left on device", result.err)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: ")
        self.assertEqual(self.small.inspect(f"{self.name}-kept-1")["State"]["StartedAt"], started)

    def test_a_container_for_which_there_is_no_room(self):
        kept = {"image": IMAGE, "command": "sleep 1000", "volumes": ["data:/data"]}
        self.file({"kept": kept}, volumes={"data": {}})
        self.up()
        started = self.small.inspect(f"{self.name}-kept-1")["State"]["StartedAt"]
        full = self.consort("exec", "kept", "dd", "if=/dev/zero", "of=/data/big", "bs=64k", check=False)
        self.assertIn("No space left on device", full.err)
        self.file({"kept": kept, "web": {"image": IMAGE, "command": "sleep 1000"}}, volumes={"data": {}})
        result = self.consort("up", "-d", check=False)
        self.assertEqual(result.code, 1, result)
        self.assertIn("no space left on device", result.err)
        self.assertRegex(result.err, r"consort\.yaml:\d+:\d+: cannot start web")
        self.assertEqual(self.small.inspect(f"{self.name}-kept-1")["State"]["StartedAt"], started)
        self.consort("exec", "kept", "rm", "/data/big")
        self.up()
        self.wait_state("web-1", "running")
        self.consort("down", "-v", "-t", "0")


if __name__ == "__main__":
    main()
