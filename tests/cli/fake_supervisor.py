"""A supervisor for tests of the command line: an HTTP server on a project's socket.

Handlers are plain functions of the test; what a request sent is kept. A streaming handler is a
generator of lines (the body ends when it does); an upgraded one gets a Frames object.
"""
import http.server
import json
import os
import queue
import socketserver
import struct
import sys
import threading
import urllib.parse

STDIN_DATA, STDIN_END, RESIZE, SIGNAL = 0, 1, 2, 3
STDOUT_DATA, STDERR_DATA, EXIT, ERROR = 16, 17, 18, 19


class Frames:
    """The supervisor's end of an upgraded connection."""

    def __init__(self, connection, early):
        self.connection, self.early = connection, early

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.early.read(size - len(data))
            if not more:
                return None
            data += more
        return data

    def read(self):
        header = self._exactly(5)
        if header is None:
            return None
        kind, length = struct.unpack(">BI", header)
        return kind, self._exactly(length) if length else b""

    def write(self, kind, payload):
        self.connection.sendall(struct.pack(">BI", kind, len(payload)) + payload)

    def exit(self, code):
        self.write(EXIT, struct.pack(">i", code))


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # clients may leave when they like
            super().handle_error(request, client_address)


class Supervisor:
    def __init__(self, runtime_dir, project, directory):
        folder = os.path.join(runtime_dir, "consort", project)
        for path in (os.path.dirname(folder), folder):
            os.makedirs(path, mode=0o700, exist_ok=True)
        self.project, self.directory = project, directory
        self.replicas = []       # answers /v1/services
        self.requests = []       # (method, path, query, body)
        self.arrived = queue.Queue()
        self.handlers = {
            "GET /v1/version": lambda request: {
                "version": "0.0", "major": self.major, "minor": 0, "pid": self.pid,
                "project": self.project, "directory": self.directory},
            "GET /v1/services": lambda request: {"replicas": self.replicas},
            "GET /v1/project": lambda request: {"project": {"name": project, "files": ["/x/consort.yaml"]}},
            "GET /v1/events": lambda request: iter(()),
            "GET /v1/logs": lambda request: iter(()),
        }
        self.major, self.pid = 1, os.getpid()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def address_string(self):
                return "peer"

            def log_message(self, *_):
                pass

            def handle_any(self):
                outer._answer(self)

            do_GET = do_POST = handle_any

        self.server = Server(os.path.join(folder, "api.sock"), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        os.unlink(self.server.server_address)

    def bodies(self, path):
        return [body for _, asked, _, body in self.requests if asked == path]

    def on(self, route, handler):
        self.handlers[route] = handler

    def wait_for(self, path, timeout=20):
        """The body of the next request to `path`."""
        while True:
            _, asked, _, body = self.arrived.get(timeout=timeout)
            if asked == path:
                return body

    def _answer(self, http):
        length = int(http.headers.get("Content-Length") or 0)
        body = json.loads(http.rfile.read(length)) if length else None
        parts = urllib.parse.urlsplit(http.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        request = (http.command, parts.path, query, body)
        self.requests.append(request)
        self.arrived.put(request)
        handler = self.handlers.get(f"{http.command} {parts.path}")
        http.close_connection = True
        if handler is None:
            return self._reply(http, 404, {"kind": "not_found", "message": f"no {parts.path}"})
        if http.headers.get("Upgrade"):
            http.wfile.write(f"HTTP/1.1 101 Switching Protocols\r\nConsort-Api: {self.major}.0\r\n"
                             "Connection: Upgrade\r\nUpgrade: consort-stream\r\n\r\n".encode())
            http.wfile.flush()
            return handler(request, Frames(http.connection, http.rfile))
        answer = handler(request)
        if isinstance(answer, dict):
            return self._reply(http, 200, answer)
        if isinstance(answer, tuple):
            return self._reply(http, *answer)
        http.send_response(200)
        http.send_header("Consort-Api", f"{self.major}.0")
        http.send_header("Connection", "close")
        http.end_headers()
        for line in answer:
            http.wfile.write(line if isinstance(line, bytes) else (json.dumps(line) + "\n").encode())
            http.wfile.flush()

    def _reply(self, http, status, value):
        text = json.dumps(value).encode()
        http.send_response(status)
        http.send_header("Consort-Api", f"{self.major}.0")
        http.send_header("Content-Length", str(len(text)))
        http.send_header("Connection", "close")
        http.end_headers()
        http.wfile.write(text)


def replica(service, state="running", index=1, code=None, **more):
    status = {"service": service, "index": index, "instance": f"{service}-{index}-id", "runtime": "process",
              "state": state, "health": "none", "generation": 1, "restarts": 0, "reason": "", "pid": 4242,
              "started_at": "2026-01-02T03:04:05.000000000Z", "command": f"run {service}", "ports": [],
              "one_off": False}
    if code is not None:
        status["last_exit"] = {"code": code, "at": "2026-01-02T03:04:06.000000000Z"}
    status.update(more)
    return status


class Events:
    """A bus of events; `stream` gives all after a cursor and, if it follows, goes on until closed."""

    def __init__(self):
        self.all, self.changed, self.closed = [], threading.Condition(), False

    def publish(self, status, action="", kind="state"):
        with self.changed:
            self.all.append({"sequence": len(self.all) + 1, "at": "2026-01-02T03:04:05.000000000Z",
                             "type": kind, "service": status["service"], "index": status["index"],
                             "action": action, "message": "", "status": dict(status)})
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def stream(self, request):
        query = request[2]
        at = int(query.get("since", 0))
        while True:
            with self.changed:
                if query.get("follow") == "1":
                    self.changed.wait_for(lambda: self.closed or len(self.all) > at, timeout=60)
                batch = self.all[at:]
                ended = self.closed or query.get("follow") != "1"
            yield from batch
            at += len(batch)
            if ended:
                return


class Logs:
    """A log store: `stream` gives the lines of a query and, if it follows, goes on until closed."""

    def __init__(self):
        self.lines, self.changed, self.closed = [], threading.Condition(), False

    def write(self, name, nanoseconds, text, stream="stdout", tag="F", year=2199):
        with self.changed:
            time = f"{year}-01-02T03:04:05.{nanoseconds:09d}Z"
            self.lines.append((name, time, f"{name} {time} {stream} {tag} {text}\n".encode()))
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def stream(self, request):
        query, at = request[2], 0
        services = query.get("services", "").split(",") if query.get("services") else None
        while True:
            with self.changed:
                if query.get("follow") == "1":
                    self.changed.wait_for(lambda: self.closed or len(self.lines) > at, timeout=60)
                batch = self.lines[at:]
                ended = self.closed or query.get("follow") != "1"
            at += len(batch)
            for name, time, line in batch:
                if services is not None and name.rsplit("-", 1)[0] not in services:
                    continue
                if time >= query.get("since", ""):
                    yield line
            if ended:
                return
