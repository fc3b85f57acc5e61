"""An image registry on this machine for one test: what `docker pull` asks of one (the read half of the OCI
distribution API), over plain HTTP, which the engine takes from 127.0.0.0/8."""
import base64
import gzip
import hashlib
import http.server
import io
import json
import platform
import tarfile
import threading

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """`pulls` counts how often each "NAME:TAG" was asked for. `login`: "USER:PASSWORD" that it wants. While `open` is
    not set, of a large blob only the first half comes."""

    def __init__(self, login=None):
        self.login = login
        self.blobs, self.manifests, self.pulls = {}, {}, {}
        self.open = threading.Event()
        self.open.set()
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                registry.answer(self, True)

            def do_HEAD(self):
                registry.answer(self, False)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def put(self, name, files, command=("sleep", "1000")):
        """NAME:TAG becomes an image of these files ({path: (bytes, mode)}); returns what to pull it by."""
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            for path, (content, mode) in files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
        packed = gzip.compress(layer.getvalue(), mtime=0)
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        config = json.dumps({"architecture": machine, "os": "linux", "config": {"Cmd": list(command)},
                             "rootfs": {"type": "layers", "diff_ids": [digest(layer.getvalue())]}}).encode()
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
            "layers": [{"mediaType": LAYER, "size": len(packed), "digest": digest(packed)}]}).encode()
        for blob in (packed, config):
            self.blobs[digest(blob)] = blob
        self.manifests[name] = self.manifests[digest(manifest)] = manifest
        return f"{self.host}/{name}"

    def answer(self, request, with_body):
        wanted = self.login and "Basic " + base64.b64encode(self.login.encode()).decode()
        if wanted and request.headers.get("Authorization") != wanted:
            request.send_response(401)
            request.send_header("Www-Authenticate", 'Basic realm="consort"')
            request.send_header("Content-Length", "0")
            return request.end_headers()
        parts = request.path.split("/")  # "", "v2", NAME, KIND, REFERENCE
        found, kind = None, "application/octet-stream"
        if request.path == "/v2/":
            found, kind = b"{}", "application/json"
        elif len(parts) == 5 and parts[3] == "blobs":
            found = self.blobs.get(parts[4])
        elif len(parts) == 5 and parts[3] == "manifests":
            name, kind = parts[4] if parts[4].startswith("sha256:") else f"{parts[2]}:{parts[4]}", MANIFEST
            found = self.manifests.get(name)
            if not name.startswith("sha256:"):
                self.pulls[name] = self.pulls.get(name, 0) + 1
        body = found if found is not None else b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
        request.send_response(200 if found is not None else 404)
        request.send_header("Content-Type", kind if found is not None else "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        if found is not None:
            request.send_header("Docker-Content-Digest", digest(body))
        request.end_headers()
        if with_body:
            large = len(body) > 4_000_000
            half = len(body) // 2 if large else len(body)
            request.wfile.write(body[:half])
            if large:
                self.open.wait(60)
                request.wfile.write(body[half:])
