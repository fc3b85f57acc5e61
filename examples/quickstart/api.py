"""Answers GET / with rows from PostgreSQL and a visit counter from Redis, GET /healthz with "ok"."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
import redis

cache = redis.Redis(host="127.0.0.1", port=int(os.environ["CACHE_PORT"]))


def page():
    # Where and as whom to connect comes from PGHOST, PGPORT, PGUSER and PGDATABASE.
    with psycopg2.connect("") as db, db.cursor() as cursor:
        cursor.execute("SELECT name, family FROM instruments ORDER BY name")
        rows = dict(cursor.fetchall())
    db.close()
    return {"visits": cache.incr("visits"), "instruments": rows}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, body = self.answer()
        except (psycopg2.Error, redis.RedisError) as error:
            print(f"cannot answer {self.path}: {error}", file=sys.stderr)
            status, body = 503, "a backend is away\n"
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if body[0] == "{" else "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        if self.path == "/":
            return 200, json.dumps(page(), indent=2) + "\n"
        if self.path == "/healthz":
            return 200, "ok\n"
        return 404, "not found\n"

    def log_message(self, format, *args):
        if self.path != "/healthz":
            print(self.command, self.path, args[1])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = ("127.0.0.1", int(os.environ["API_PORT"]))
    print("listening on %s:%d" % address)
    ThreadingHTTPServer(address, Handler).serve_forever()
