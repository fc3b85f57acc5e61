"""Health checks by https, against real TLS servers with certificates of openssl's."""
import contextlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from harness import CONSORT, ProjectTest, main

TLS_PART = "lib/consort/consort-tls.so"


class Authority:
    """Certificates in a folder, signed by an authority of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.openssl("req", "-x509", *self.new_key("ca"), "-subj", "/CN=Test CA", "-out", "ca.pem")
        self.file = os.path.join(folder, "ca.pem")

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True, timeout=60)

    @staticmethod
    def new_key(name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key")

    def issue(self, name, names="DNS:localhost", days="2"):
        self.openssl("req", *self.new_key(name), "-subj", "/CN=" + name, "-addext", "subjectAltName=" + names,
                     "-out", name + ".csr")
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions",
                     "copyall", "-days", days, "-out", name + ".pem")
        return self.pair(name)

    def self_signed(self, name):
        self.openssl("req", "-x509", *self.new_key(name), "-subj", "/CN=localhost", "-addext",
                     "subjectAltName=DNS:localhost", "-out", name + ".pem")
        return self.pair(name)

    def pair(self, name):
        return os.path.join(self.folder, name + ".pem"), os.path.join(self.folder, name + ".key")


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"], self.server.told[-1]))
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Serves /health, with TLS where it has a certificate; keeps what it was asked, and the names that
    clients told it (SNI)."""
    daemon_threads = True

    def __init__(self, pair):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked, self.told = [], [None]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if pair else None
        if pair:
            self.context.load_cert_chain(*pair)
            self.context.sni_callback = lambda _socket, name, _context: self.told.append(name)

    def finish_request(self, request, client_address):
        if not self.context:
            return super().finish_request(request, client_address)
        with contextlib.suppress(OSError):  # the client may not like the certificate
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)


class HttpsProbeTest(ProjectTest):
    def setUp(self):
        super().setUp()
        certificates = os.path.join(self.dir, "certificates")
        os.mkdir(certificates)
        self.authority = Authority(certificates)
        self.env["SSL_CERT_FILE"] = self.authority.file  # instead of the system's

    def serve(self, pair=None):
        server = Server(pair)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return server, server.server_address[1]

    def check(self, url, **more):
        """`up --wait` of one service that lives and is probed there."""
        probe = {"http": url, "interval": "50ms", "timeout": "20s", "retries": 1, **more}
        self.file({"web": {"binary": "sleep", "args": ["1000"], "healthcheck": probe}})
        return self.consort("up", "-d", "--wait", check=False)

    def assert_fails(self, result, *said):
        self.assertEqual(result.code, 1, result)
        for part in said:
            self.assertIn(part, result.err)

    def mapped(self):
        with open(f"/proc/{self.supervisor_pid()}/maps") as file:
            return file.read()


class Trusted(HttpsProbeTest):
    def test_a_server_that_the_system_trusts_is_asked(self):
        server, port = self.serve(self.authority.issue("good"))
        result = self.check(f"https://localhost:{port}/health")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(server.asked[0], ("/health", f"localhost:{port}", "localhost"))
        self.assertIn("consort-tls.so", self.mapped())

    def test_an_address_may_be_what_the_certificate_is_for(self):
        server, port = self.serve(self.authority.issue("address", "IP:127.0.0.1"))
        result = self.check(f"https://127.0.0.1:{port}/health")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(server.asked[0], ("/health", f"127.0.0.1:{port}", None))

    def test_the_status_counts(self):
        _, port = self.serve(self.authority.issue("good"))
        self.assert_fails(self.check(f"https://localhost:{port}/lost"), "answered with status 404")
        self.assertEqual(self.check(f"https://localhost:{port}/lost", status=404).code, 0)


class Refused(HttpsProbeTest):
    def refused(self, pair, why, host="localhost"):
        server, port = self.serve(pair)
        result = self.check(f"https://{host}:{port}/health")
        self.assert_fails(result, f"cannot trust the certificate of {host}:{port}: {why}; `insecure: true`")
        self.assertEqual(server.asked, [])
        result = self.check(f"https://{host}:{port}/health", insecure=True)
        self.assertEqual(result.code, 0, result)

    def test_an_expired_certificate(self):
        self.refused(self.authority.issue("old", days="-1"), "certificate has expired")

    def test_a_self_signed_certificate(self):
        self.refused(self.authority.self_signed("own"), "self-signed certificate")

    def test_a_certificate_for_another_name(self):
        self.refused(self.authority.issue("other", "DNS:elsewhere.example"), "hostname mismatch")

    def test_a_certificate_for_another_address(self):
        self.refused(self.authority.issue("name"), "IP address mismatch", host="127.0.0.1")

    def test_an_authority_that_the_system_does_not_know(self):
        pair = self.authority.issue("good")
        self.env["SSL_CERT_FILE"] = "/dev/null"
        self.refused(pair, "unable to get local issuer certificate")

    def test_what_the_system_trusts_may_change_while_it_runs(self):
        _, port = self.serve(self.authority.issue("good"))
        store = self.env["SSL_CERT_FILE"] = os.path.join(self.dir, "store.pem")
        probe = {"http": f"https://localhost:{port}/health", "interval": "50ms", "retries": 1}
        self.file({"web": {"binary": "sleep", "args": ["1000"], "healthcheck": probe}})
        self.up()
        self.wait_for("the check to fail", lambda: self.replica("web-1")["Health"] == "unhealthy")
        shutil.copy(self.authority.file, store)
        self.wait_for("the check to succeed", lambda: self.replica("web-1")["Health"] == "healthy")

    def test_a_server_without_tls(self):
        _, port = self.serve()
        self.assert_fails(self.check(f"https://localhost:{port}/"),
                          f"cannot agree on TLS with localhost:{port}: wrong version number")

    def test_a_handshake_that_stalls_ends_with_the_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and says nothing
            port = silent.getsockname()[1]
            self.assert_fails(self.check(f"https://localhost:{port}/", timeout="200ms"), "no answer within 200ms")


class Part(HttpsProbeTest):
    def test_only_a_project_with_an_https_probe_pays_for_tls(self):
        _, port = self.serve()
        result = self.check(f"http://localhost:{port}/health")
        self.assertEqual(result.code, 0, result)
        self.assertIn("/consort", self.mapped())
        for library in ("consort-tls", "libssl"):
            self.assertNotIn(library, self.mapped())

    def test_up_refuses_when_the_part_is_missing(self):
        prefix = os.path.join(self.dir, "prefix")
        built = os.path.dirname(os.path.dirname(CONSORT))
        for program in "bin/consort", "libexec/consort-supervisor":
            os.makedirs(os.path.join(prefix, os.path.dirname(program)))
            shutil.copy(os.path.join(built, program), os.path.join(prefix, program))
        shutil.copytree(os.path.join(built, "lib/consort"), os.path.join(prefix, "lib/consort"),
                        ignore=shutil.ignore_patterns("consort-tls.so"))
        self.file({"web": {"binary": "sleep", "args": ["1000"],
                           "healthcheck": {"http": "https://localhost:1/"}}})
        done = subprocess.run([os.path.join(prefix, "bin/consort"), "up", "-d"], cwd=self.work, env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, rf"consort\.yaml:\d+:\d+: cannot start web: cannot probe https://localhost:1/: "
                                      rf"cannot load {prefix}/{TLS_PART}: it is not there; install Consort again")
        self.assertEqual(self.ps(), {})


if __name__ == "__main__":
    main()
