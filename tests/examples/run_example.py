#!/usr/bin/env python3
"""Run an example in an empty folder; it must print what the comments of its source say.

    run_example.py SOURCE COMMAND…

Each line of output stands in the source behind "prints: ", in order. An example whose source
names AWS_ENDPOINT_URL gets an S3 of its own, one that names USERS_API an HTTP API; both are
servers on loopback.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

EXPECTED = re.compile(r"(?:#|//) prints: (.*)")

#: Of an example that hangs.
TIMEOUT_SECONDS = 120


@contextlib.contextmanager
def s3() -> Iterator[dict[str, str]]:
    """Serve S3, and yield the environment of its clients."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # A line for each request.
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        server.stop()


class UsersApi(BaseHTTPRequestHandler):
    """Answers who may ask with three users, of the regions that are asked for."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer secret-api-key"
        region = self.path.partition("partitions=")[2] or "anywhere"
        users = [{"name": name, "region": region} for name in ("Ada", "Bo", None)]
        body = json.dumps(users if allowed else "who are you?").encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@contextlib.contextmanager
def users_api() -> Iterator[dict[str, str]]:
    """Serve the API, and yield the environment of its clients."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), UsersApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "USERS_API": f"http://127.0.0.1:{server.server_port}/v1",
            "USERS_API_KEY": "secret-api-key",
        }
    finally:
        server.shutdown()


SERVERS = {"AWS_ENDPOINT_URL": s3, "USERS_API": users_api}


def main() -> int:
    source, *command = sys.argv[1:]
    text = Path(source).read_text()
    expected = [line.rstrip() for line in EXPECTED.findall(text)]
    if not expected:
        print(f"{source} says nothing of what it prints", file=sys.stderr)
        return 1
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-"))
        environment = {**os.environ, "TMPDIR": folder, "ENTREPOT_HOME": f"{folder}/home"}
        for variable, serve in SERVERS.items():
            if variable in text:
                environment |= stack.enter_context(serve())
        work = Path(folder, "work")
        work.mkdir()
        done = subprocess.run(
            command, cwd=work, env=environment, capture_output=True, text=True,
            timeout=TIMEOUT_SECONDS, check=False,
        )
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    if done.returncode == 0 and printed == expected:
        return 0
    print(f"{source} ended with {done.returncode}\n{done.stderr}", file=sys.stderr)
    print(*difflib.unified_diff(expected, printed, "says", "printed", lineterm=""), sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
